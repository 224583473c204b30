"""Event times of a past as the jobs see them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stream.core.event import Content, Event, Ignored, Rejected
from stream.core.reasons import Reason
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
        if content.time_ms < self.since_ms:
            return Ignored(BEFORE)
        if content.time_ms > self.now_ms + self.ahead_ms:
            ahead_ms = content.time_ms - self.now_ms
            return Rejected(Reason.TIMESTAMP_AHEAD, f"{ahead_ms} ms after the backfill began")
        return replace(content, time_ms=content.time_ms + self.shift_ms) if self.shift_ms else content
