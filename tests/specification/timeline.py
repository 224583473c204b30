"""Time within a step: the time that a record proves, and the timers in order."""

from __future__ import annotations

from heapq import heappop, heappush

from stream.core.event import Event, Record
from stream.core.policy import Clock, Policy
from tests.specification.state import PartitionState, Timer


def record_time_ms(record: Record, policy: Policy) -> int:
    """Return the time that a record proves: under the wall clock, the broker's time.

    Under the event clock, the millisecond after the event, so that its item is inside `[now - T, now)`; 0 otherwise.
    """
    if policy.clock is Clock.WALL:
        return record.arrival_ms
    return record.content.time_ms + 1 if isinstance(record.content, Event) else 0


class Timeline:
    """Time and timers of one step: the partition's timers up to its end, and added ones.

    The partition itself does not change.
    """

    def __init__(self, partition: PartitionState, records: list[Record], policy: Policy, until_ms: int) -> None:
        proven_ms = max((record_time_ms(record, policy) for record in records), default=0)
        self.end_ms = max(partition.now_ms, proven_ms, until_ms)
        self.now_ms = partition.now_ms
        self._pending = partition.due(self.end_ms)

    def add(self, timer: Timer) -> None:
        """Add a timer; it may fire within this step."""
        heappush(self._pending, timer)

    def next_due_ms(self, now_ms: int) -> int | None:
        """Return the due time of the next timer at or before `now_ms`."""
        return self._pending[0].due_ms if self._pending and self._pending[0].due_ms <= now_ms else None

    def pop(self) -> Timer:
        """Remove the next timer, advance to its time, and return it."""
        timer = heappop(self._pending)
        self.now_ms = max(self.now_ms, timer.due_ms)
        return timer

    def remaining(self) -> list[Timer]:
        """Return the timers that have not fired."""
        return self._pending
