"""What a core makes of a run, as values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from stream.core.serving import ServingVersions
from stream.core.state import UserState
from tests.core.cores import Core, CoreType, restarted
from tests.core.kernel.runs import Run, Stage
from tests.specification.output import Output
from tests.specification.transition import dwell_due_ms


@dataclass(frozen=True)
class Taken:
    """The result of one stage, and the partition after it."""

    outputs: tuple[Output, ...]
    counts: Counter[str]
    switch: tuple[Any, ...] | None
    newest_late_ms: int
    position: tuple[int, int, ServingVersions]
    is_next_due: bool  # whether the next timer comes after now, and not after one that is needed
    pending: list[str]
    users: dict[str, UserState]

    def without(self, users: Collection[str]) -> Taken:
        """Return the results without those of some users."""
        if not users:
            return self
        return replace(
            self,
            outputs=tuple(output for output in self.outputs if getattr(output, "user", "") not in users),
            pending=[user for user in self.pending if user not in users],
            users={name: state for name, state in self.users.items() if name not in users},
        )


def take(run: Run, make: CoreType, is_cut: bool = False) -> list[Taken]:
    """Return the results of all stages; `is_cut`: in the batches that the run has drawn, else one batch a stage."""
    return take_with(make(run.policy, run.stages[0].encoder, run.stages[0].labels), run, is_cut)[0]


def take_with(core: Core, run: Run, is_cut: bool = False) -> tuple[list[Taken], list[Core]]:
    """Return the results of all stages, and the core of each."""
    results, cores = [], []
    for stage in run.stages:
        if stage.encoder is not core.encoder:
            core = restarted(core, encoder=stage.encoder, labels=stage.labels)
        results.append(_take(core, stage, stage.cuts if is_cut else ()))
        cores.append(core)
    return results, cores


def _take(core: Core, stage: Stage, cuts: Iterable[int]) -> Taken:
    outputs: list[Output] = []
    counts, switch, newest_late_ms = Counter[str](), None, 0
    ends = [*sorted(cut for cut in cuts if cut < len(stage.records)), len(stage.records)]
    for begin, end in zip([0, *ends], ends, strict=False):
        is_last = end == len(stage.records)
        until_ms = stage.until_ms if is_last else 0
        done = core.take(stage.records[begin:end], stage.serving, until_ms)
        core.merge(done)
        outputs += done.outputs
        counts += done.counts
        newest_late_ms = max(newest_late_ms, done.newest_late_ms)
        switch = done.switch if switch is None else switch
    if stage.asks_pending:
        done = core.take((), stage.serving, 0, core.pending())
        core.merge(done)
        outputs += done.outputs
    partition = core.partition
    return Taken(
        tuple(outputs),
        counts,
        (switch.serving, switch.offset, switch.now_ms) if switch else None,
        newest_late_ms,
        (partition.now_ms, partition.offset, partition.serving),
        _is_next_due(core),
        core.pending(),
        core.users(),
    )


def _is_next_due(core: Core) -> bool:
    """Return True if no timer is overdue or missing; one that is needed no longer may still be there.

    A dwell that ended while no model served is overdue, and has no timer any more.
    """
    partition, needed = core.partition, []
    for user in core.users().values():
        needed += [user.items[0].time_ms + core.policy.window_ms + 1] if user.items else []
        if (due_ms := dwell_due_ms(user.membership, core.policy)) is not None and due_ms > partition.now_ms:
            needed.append(due_ms)
    next_ms = partition.next_due_ms()
    if next_ms is None:
        return not needed
    return partition.now_ms < next_ms <= min(needed, default=next_ms)
