"""Event times of a past as the jobs see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from stream.core.event import Content, Event, Ignored, Rejected
from stream.core.reasons import Reason
from stream.core.records import Op, Records
from stream.wire.event_decoder import EventDecoder
from stream.wire.records import ConsumerRecord

BEFORE = "before"  # the type of an event before the first time, which is ignored


@dataclass(frozen=True, slots=True)
class PastDecoder:
    """A decoder that adds `shift_ms` to every time, and ignores events before `since_ms`.

    Events more than `ahead_ms` after `now_ms` are rejected, as a worker does: one wrong clock must not empty windows.
    All bounds are on the times as they were written.
    """

    decoder: EventDecoder
    since_ms: int
    now_ms: int
    ahead_ms: int
    shift_ms: int

    def decode(self, record: ConsumerRecord) -> Content:
        """Return the content of a record, with its time moved."""
        content = self.decoder.decode(record)
        if not isinstance(content, Event):
            return content
        refusal = self._refusal(content.time_ms)
        return refusal or replace(content, time_ms=content.time_ms + self.shift_ms)

    def decode_batch(self, records: Sequence[ConsumerRecord]) -> Records:
        """Return the contents of records as columns, with their times moved."""
        columns = self.decoder.decode_batch(records)
        times_ms, is_event = columns.times_ms, columns.ops == Op.EVENT
        refused = is_event & ((times_ms < self.since_ms) | (times_ms > self.now_ms + self.ahead_ms))
        for row in np.flatnonzero(refused).tolist():
            if refusal := self._refusal(int(times_ms[row])):
                columns.put(row, refusal)
        columns.times_ms = np.where(is_event & ~refused, columns.times_ms + self.shift_ms, columns.times_ms)
        return columns

    def _refusal(self, time_ms: int) -> Ignored | Rejected | None:
        """Return the content instead of an event of this time; None: the event counts."""
        if time_ms < self.since_ms:
            return Ignored(BEFORE)
        if time_ms > self.now_ms + self.ahead_ms:
            return Rejected(Reason.TIMESTAMP_AHEAD, f"{time_ms - self.now_ms} ms after the backfill began")
        return None
