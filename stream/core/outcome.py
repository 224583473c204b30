"""The result of a step, as one value; the partition changes only in `merge_into` and `stage_into`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from heapq import heapify

from stream.core.output import Output
from stream.core.serving import ServingVersions
from stream.core.state import PartitionState, Timer, UserState


@dataclass(frozen=True, slots=True)
class Switch:
    """A new serving model. It decides the records after `offset`, and the timers after `now_ms`."""

    serving: ServingVersions
    offset: int
    now_ms: int


@dataclass(frozen=True, slots=True)
class Step:
    """Result of a step: changed states and outputs. `erased` maps erased users to the slots of their windows.

    `newest_late_ms` is the time of the newest event that came too late for its window; 0 without one.
    """

    users: dict[str, UserState]
    erased: dict[str, int]
    outputs: list[Output]
    counts: Counter[str]
    timers: list[Timer]
    now_ms: int
    offset: int
    serving: ServingVersions
    switch: Switch | None
    newest_late_ms: int = 0

    def merge_into(self, partition: PartitionState) -> None:
        """Apply the changes; call it once the step is committed."""
        for user_id in self.erased:
            partition.users.pop(user_id, None)
        partition.users.update(self.users)
        if partition.needs_reencoding:
            partition.needs_reencoding.difference_update(self.users, self.erased)
        partition.replace_timers(self.now_ms, self.timers)
        partition.now_ms, partition.offset, partition.serving = self.now_ms, self.offset, self.serving

    def stage_into(self, partition: PartitionState) -> Former:
        """Apply the changes before the step is committed; return what takes them back."""
        former = Former(
            step=self,
            users={user: partition.users.get(user) for user in (*self.users, *self.erased)},
            timers=partition.due(self.now_ms),
            needs_reencoding=partition.needs_reencoding.intersection({*self.users, *self.erased}),
            now_ms=partition.now_ms,
            offset=partition.offset,
            serving=partition.serving,
        )
        self.merge_into(partition)
        return former


@dataclass(frozen=True, slots=True)
class Former:
    """A partition's values before a staged step: users by name, None for a new one, and the timers that were due."""

    step: Step
    users: dict[str, UserState | None]
    timers: list[Timer]
    needs_reencoding: set[str]
    now_ms: int
    offset: int
    serving: ServingVersions

    def put_back(self, partition: PartitionState) -> None:
        """Make the partition what it was before the step, which must be the last one applied."""
        for user, state in self.users.items():
            if state is None:
                partition.users.pop(user, None)
            else:
                partition.users[user] = state
        partition.needs_reencoding |= self.needs_reencoding
        partition.timers = list((Counter(partition.timers) - Counter(self.step.timers)).elements()) + self.timers
        heapify(partition.timers)
        partition.now_ms, partition.offset, partition.serving = self.now_ms, self.offset, self.serving
