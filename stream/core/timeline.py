"""Time inside a step: what a record says of the time, and timers in the order they are due."""

from __future__ import annotations

from heapq import heappop, heappush

from stream.core.event import Event, Record
from stream.core.policy import Policy
from stream.core.state import PartitionState, Timer


def clock_ms(record: Record, policy: Policy) -> int:
    """The time this record proves: under the wall clock when the broker got it; under the event clock the first
    millisecond after it happened (0 if it is no event), so that its own item is inside `[now - T, now)`."""
    if policy.clock == "wall":
        return record.arrival_ms
    return record.content.time_ms + 1 if isinstance(record.content, Event) else 0


class Timeline:
    """The partition's timers up to the end of this step, and those that the step adds; the partition stays as it is."""

    def __init__(self, partition: PartitionState, records: list[Record], policy: Policy, until_ms: int) -> None:
        proven_ms = max((clock_ms(record, policy) for record in records), default=0)
        self.end_ms = max(partition.now_ms, proven_ms, until_ms)
        self.now_ms = partition.now_ms
        self._pending = partition.due(self.end_ms)

    def add(self, timer: Timer) -> None:
        """Schedule a timer; it may fire within this step."""
        heappush(self._pending, timer)

    def next_due_ms(self, now_ms: int) -> int | None:
        """Due time of the next timer at or before `now_ms`."""
        return self._pending[0].due_ms if self._pending and self._pending[0].due_ms <= now_ms else None

    def pop(self) -> Timer:
        """Take out the next timer and move to its time."""
        timer = heappop(self._pending)
        self.now_ms = max(self.now_ms, timer.due_ms)
        return timer

    def left(self) -> list[Timer]:
        """Timers that did not fall due."""
        return self._pending
