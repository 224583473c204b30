"""What a core makes of a run, as values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Any

from stream.core.output import Output
from stream.core.policy import Policy
from stream.core.serving import ServingVersions
from stream.core.transition import required
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
    first_due_ms: float  # of the timers ahead that the states call for; infinity without one
    pending: list[str]
    users: dict[str, UserState]


def take(run: Run, make: CoreType, is_cut: bool = False) -> list[Taken]:
    """Return the results of all stages; `is_cut`: in the batches that the run has drawn, else one batch a stage."""
    core, results = make(run.policy, run.stages[0].encoder, run.stages[0].labels), []
    for stage in run.stages:
        if stage.encoder is not core.encoder:
            core = restarted(core, encoder=stage.encoder, labels=stage.labels)
        results.append(_take(core, stage, stage.cuts if is_cut else ()))
    return results


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
        Counter(dict(sorted(counts.items()))),
        (switch.serving, switch.offset, switch.now_ms) if switch else None,
        newest_late_ms,
        (partition.now_ms, partition.offset, partition.serving),
        partition.next_due_ms(),
        min(
            (due for user in core.users().values() for due in _due(user, core.policy) if due > partition.now_ms),
            default=inf,
        ),
        core.pending(),
        core.users(),
    )


def _due(user: UserState, policy: Policy) -> Iterable[int]:
    """Yield the times at which a user is to be evaluated without an event."""
    if user.items:
        yield user.items[0].time_ms + policy.window_ms + 1
    if user.membership.candidate is not None:
        dwell = required(policy, user.membership.segment, user.membership.candidate).dwell_ms
        yield user.membership.candidate_since_ms + dwell
