"""Figures of a past before it is processed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from stream.backfill.source import BackfillError, ContentDigest
from stream.core.event import Event
from stream.core.policy import DAY_MS
from stream.wire.event_decoder import EventDecoder
from stream.wire.placement import partition_of
from stream.wire.records import ConsumerRecord

_EVERY = 1_000  # records between two reports of progress


@dataclass(frozen=True, slots=True)
class Past:
    """Figures of the records of a past.

    `by_partition` counts records by the partition of their key. `n_events` are events of `[since, now]`, from
    `first_ms` to `newest_ms`; `n_before` and `n_ahead` are those outside, and other records have no time. `content` is
    a digest of all records.
    """

    by_partition: tuple[int, ...]
    n_events: int
    first_ms: int
    newest_ms: int
    n_before: int
    n_ahead: int
    content: bytes

    @property
    def n_records(self) -> int:
        """Number of records, whatever they are."""
        return sum(self.by_partition)


class Scan:
    """A scan of records; `since_ms` and `latest_ms` bound the times that count, both included."""

    def __init__(self, decoder: EventDecoder, n_partitions: int, since_ms: int, latest_ms: int) -> None:
        self._decoder, self._since_ms, self._latest_ms = decoder, since_ms, latest_ms
        self._by_partition, self._digest = [0] * n_partitions, ContentDigest()
        self._n_events, self._n_before, self._n_ahead = 0, 0, 0
        self._first_ms, self._newest_ms = 0, 0

    def run(self, records: Iterable[ConsumerRecord], advance: Callable[[int], None] = lambda _: None) -> Past:
        """Return the figures; `advance` gets the number of records read since its last call."""
        n_read = 0
        for n_read, record in enumerate(records, start=1):
            self._take(record)
            if n_read % _EVERY == 0:
                advance(_EVERY)
        advance(n_read % _EVERY)
        return Past(
            by_partition=tuple(self._by_partition),
            n_events=self._n_events,
            first_ms=self._first_ms,
            newest_ms=self._newest_ms,
            n_before=self._n_before,
            n_ahead=self._n_ahead,
            content=self._digest.digest(),
        )

    def _take(self, record: ConsumerRecord) -> None:
        self._digest.add(record)
        self._by_partition[partition_of(record.key, len(self._by_partition))] += 1
        content = self._decoder.decode(record)
        if not isinstance(content, Event):
            return
        if content.time_ms < self._since_ms:
            self._n_before += 1
        elif content.time_ms > self._latest_ms:
            self._n_ahead += 1
        else:
            self._first_ms = min(self._first_ms, content.time_ms) if self._n_events else content.time_ms
            self._newest_ms = max(self._newest_ms, content.time_ms)
            self._n_events += 1


def check_reaches_now(past: Past, now_ms: int, window_ms: int) -> None:
    """Raise BackfillError if the newest event has left the window, so that the first live turn would empty all."""
    if past.newest_ms + window_ms >= now_ms:
        return
    days = (now_ms - past.newest_ms) / DAY_MS
    raise BackfillError(
        f"the newest event is of {day(past.newest_ms)}, {days:,.0f} days ago, and a window holds "
        f"{window_ms / DAY_MS:,.0f} days: with the wall clock every user would be inactive at the first live event. "
        f"Add --shift-to-now, which adds {days:,.1f} days to every time, so that the newest is now; or raise "
        "SEGUE_WINDOW_MS; or let workers run with SEGUE_CLOCK=event"
    )


def day(time_ms: int) -> str:
    """Return the date of a time, UTC."""
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d}"
