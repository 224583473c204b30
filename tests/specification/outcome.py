"""The result of a step, as one value; the partition changes only in `Step.merge_into`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from stream.core.serving import ServingVersions
from tests.specification.output import Output
from tests.specification.state import PartitionState, Timer, UserState


@dataclass(frozen=True, slots=True)
class Switch:
    """A new serving model. It decides the records after `offset`, and the timers after `now_ms`."""

    serving: ServingVersions
    offset: int
    now_ms: int


@dataclass(frozen=True, slots=True)
class Step:
    """Result of a step: changed states, erased users, and outputs.

    `newest_late_ms` is the time of the newest event that came too late for its window; 0 without one.
    """

    users: dict[str, UserState]
    erased: set[str]
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
