"""Evaluations of one user as they are made again: a copy of each row, and the evaluations behind each change."""

from __future__ import annotations

from dataclasses import dataclass

from stream.core.assignment import Assignment
from stream.core.decider import DecidedUser
from stream.core.evaluation import EvaluatedBatch, EvaluationResult
from stream.core.features import Windows
from stream.core.output import Change
from stream.core.profile import Profiles
from stream.core.segment_model import SegmentModel
from stream.core.transition import MembershipState
from stream.core.window import Item


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An evaluation of one user: `batch` has its one row, in arrays of its own.

    `model` and `assignment` are None without a model; `assignment` is None for an empty window too. `before` and
    `after` are the membership around the decision.
    """

    now_ms: int
    is_dwell_end: bool
    items: tuple[Item, ...]
    batch: EvaluatedBatch
    model: SegmentModel | None
    assignment: Assignment | None
    before: MembershipState
    after: MembershipState
    change: Change | None


@dataclass(frozen=True, slots=True)
class Decision:
    """A change with the evaluations since the change before, the deciding one last."""

    change: Change
    evaluations: tuple[Evaluated, ...]


class Trace:
    """An observer of one user's evaluations.

    `decisions` has every change, `open` the evaluations after the last one.
    """

    def __init__(self, user: str) -> None:
        self.user = user
        self.decisions: list[Decision] = []
        self.open: list[Evaluated] = []
        self._membership = MembershipState()

    def __call__(self, result: EvaluationResult, decided: DecidedUser | None) -> None:
        """Take in one decided evaluation; those of other users are passed over."""
        if result.evaluation.user_id != self.user:
            return
        found = _evaluated(result, decided, self._membership)
        self._membership = found.after
        self.open.append(found)
        if found.change is not None:
            self.decisions.append(Decision(found.change, tuple(self.open)))
            self.open.clear()

    def begin(self, membership: MembershipState) -> None:
        """Set the membership before the next evaluation, as after a change."""
        self._membership = membership
        self.open.clear()


def _evaluated(result: EvaluationResult, decided: DecidedUser | None, before: MembershipState) -> Evaluated:
    evaluation = result.evaluation
    changes = [output for output in decided.outputs if isinstance(output, Change)] if decided else []
    return Evaluated(
        now_ms=evaluation.now_ms,
        is_dwell_end=evaluation.dwell_due_ms is not None,
        items=tuple(evaluation.items),
        batch=_row(result.batch, result.row),
        model=result.model,
        assignment=result.assignment,
        before=before,
        after=evaluation.state.membership,
        change=changes[0] if changes else None,
    )


def _row(batch: EvaluatedBatch, row: int) -> EvaluatedBatch:
    """Return a batch of one row that shares no memory with the others."""
    window, raw = batch.windows.row(row), batch.raw.rows([row])
    return EvaluatedBatch(
        windows=Windows(window.columns.copy(), window.n.copy(), window.now_ms.copy()),
        raw=Profiles(raw.explicit, raw.semantic, raw.mass),
        u=batch.u[[row]],
        models=[batch.models[row]] if batch.models else [],
        assignments=[batch.assignments[row]] if batch.assignments else [],
    )
