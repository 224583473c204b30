"""What a core makes of a run, as values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from stream.core.output import Output
from stream.core.serving import ServingVersions
from tests.core.cores import Core, CoreType, needs_reencoding, restarted
from tests.core.kernel.runs import Run, Stage
from tests.core.user_values import UserState


@dataclass(frozen=True)
class Taken:
    """The result of one stage, and the partition after it."""

    outputs: tuple[Output, ...]
    counts: Counter[str]
    switch: tuple[Any, ...] | None
    newest_late_ms: int
    position: tuple[int, int, ServingVersions]
    next_due_ms: int | None
    pending: list[str]
    users: dict[str, UserState]

    def without(self, users: Collection[str]) -> Taken:
        """Return the results without those of some users, and without the next timer, which may be theirs."""
        if not users:
            return self
        return replace(
            self,
            outputs=tuple(output for output in self.outputs if getattr(output, "user", "") not in users),
            next_due_ms=None,
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
        users = core.users()
        asked = [name for name in core.pending() if not needs_reencoding(users[name], core.encoder.version)]
        done = core.take((), stage.serving, 0, asked)
        core.merge(done)
        outputs += done.outputs
    partition = core.partition
    return Taken(
        tuple(outputs),
        counts,
        (switch.serving, switch.offset, switch.now_ms) if switch else None,
        newest_late_ms,
        (partition.now_ms, partition.offset, partition.serving),
        partition.next_due_ms(),
        core.pending(),
        core.users(),
    )
