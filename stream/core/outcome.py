"""What a step leads to, as one value; nothing of it is true before `merge_into`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from stream.core.output import Output
from stream.core.state import PartitionState, Timer, UserState


@dataclass(frozen=True, slots=True)
class Switch:
    """From the record after `offset` on, this segment model decides."""

    model_version: int
    offset: int


@dataclass(frozen=True, slots=True)
class Step:
    """What one step changed and said. `erased` maps a forgotten person to the slots their window had."""

    users: dict[str, UserState]
    erased: dict[str, int]
    outputs: list[Output]
    counts: Counter[str]
    timers: list[Timer]
    now_ms: int
    offset: int
    model_version: int
    switch: Switch | None

    def merge_into(self, partition: PartitionState) -> None:
        """Make the changes true; call it once the step is committed."""
        for name in self.erased:
            partition.users.pop(name, None)
        partition.users.update(self.users)
        if partition.foreign:
            partition.foreign.difference_update(self.users, self.erased)
        partition.replace_timers(self.now_ms, self.timers)
        partition.now_ms, partition.offset, partition.model_version = self.now_ms, self.offset, self.model_version
