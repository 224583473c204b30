"""Decisions of a review: is the candidate promoted, held, dropped or replaced, and are the centroids refreshed?

While users form the same segments, a model with the centroids of now serves if few enough users move. Structural
changes are proposed as a candidate, in shadow on new samples. The candidate is promoted once all changes have held for
`shadow_ms`, the clusters no longer move, and the moved users are within the churn budget. A candidate over the budget
is held for an operator.

Each change has an age: since when every review has found it. The first changes found become a candidate at once. A
later change joins when two reviews in a row have found it. A change no longer found leaves alone: the candidate is
built again of the others, at the same age. So a change found every other review does not delay the others, and changes
with a common beginning are promoted together.

Decisions are a function of few values. `Findings` are measured elsewhere, and decisions are carried out elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from stream.training.values.candidate import Candidate, RolloutState
from stream.training.values.promotion import Cause
from stream.training.values.structure_change import ChangeSet, StructureChange


class Findings(Protocol):
    """Findings of a review. Each call of a method measures on the reservoir."""

    @property
    def proposal(self) -> ChangeSet:
        """The changes found."""
        ...

    def restricted_to(self, changes: Collection[StructureChange]) -> ChangeSet:
        """Return the change set as if no changes but `changes` had been found."""
        ...

    def is_unstable(self, candidate: Candidate, left: ChangeSet) -> bool:
        """Return True if the candidate's clusters are still moving; `left` are the candidate's changes still found."""
        ...

    def share_moved(self, version: int) -> float:
        """Return the share of users moved by the model of this version."""
        ...

    def share_moved_by_refresh(self) -> float:
        """Return the share of users moved by the centroids of now."""
        ...


@dataclass(frozen=True, slots=True)
class RolloutRules:
    """Rules of a rollout, of the training policy.

    Changes hold for `shadow_ms` before a model is promoted, and a held refit expires `retire_after_ms` later. A model
    promoted automatically moves at most `churn_budget` of the users.
    """

    churn_budget: float
    shadow_ms: int
    retire_after_ms: int


@dataclass(frozen=True, slots=True)
class DropCandidate:
    """Drop the candidate, because of `changes` if the cause is about some."""

    cause: Cause
    changes: tuple[StructureChange, ...] = ()


@dataclass(frozen=True, slots=True)
class ProposeChanges:
    """Build a candidate of the changes of `proposal`."""

    proposal: ChangeSet


@dataclass(frozen=True, slots=True)
class PromoteCandidate:
    """Let the candidate serve."""


@dataclass(frozen=True, slots=True)
class HoldCandidate:
    """Hold the candidate; `is_final` until an operator promotes it. `is_published`: the decision goes to the topic."""

    cause: Cause
    is_final: bool
    is_published: bool


@dataclass(frozen=True, slots=True)
class Refresh:
    """Build a model with the centroids of now, to serve unless `held_by` a cause."""

    held_by: Cause | None = None


Action = DropCandidate | ProposeChanges | PromoteCandidate | HoldCandidate | Refresh


@dataclass(frozen=True, slots=True)
class Review:
    """Decisions of a review: actions in order, and the ages of the changes found."""

    actions: tuple[Action, ...]
    changes_since: Mapping[StructureChange, int]


@dataclass(frozen=True, slots=True)
class _Case:
    rollout: RolloutState
    found: Findings
    rules: RolloutRules
    now_ms: int

    @property
    def blocked(self) -> Cause | None:
        return self.rollout.blocked_at(self.now_ms)

    def over_budget(self, share_moved: float) -> Cause | None:
        return Cause.OVER_BUDGET if share_moved > self.rules.churn_budget else None


def review(rollout: RolloutState, found: Findings, rules: RolloutRules, now_ms: int) -> Review:
    """Return the decisions at `now_ms`, the trainer's watermark."""
    case, candidate = _Case(rollout, found, rules, now_ms), rollout.candidate
    since = {change: rollout.changes_since.get(change, now_ms) for change in found.proposal.changes}
    if candidate is None:
        decided = Review(_propose(found.proposal), since)
    elif candidate.cause is Cause.REFRESH:
        decided = Review((DropCandidate(Cause.SUPERSEDED), *_propose(found.proposal)), since)
    elif candidate.cause is Cause.REFIT:
        decided = Review(_promote_when_due(case, candidate), since)
    else:
        decided = _reconsider(case, candidate, since)
    return Review((*decided.actions, *_refresh(case, decided.actions)), decided.changes_since)


def _propose(proposal: ChangeSet) -> tuple[Action, ...]:
    return (ProposeChanges(proposal),) if proposal.changes else ()


def _reconsider(case: _Case, candidate: Candidate, since: Mapping[StructureChange, int]) -> Review:
    """Replace the candidate if other changes are found now, or if the clusters are still moving."""
    left = case.found.restricted_to(candidate.changes)
    steady = case.found.restricted_to({*candidate.changes, *case.rollout.changes_since})
    is_unstable = case.found.is_unstable(candidate, left)
    drop = _outdated(candidate, left.changes, steady.changes, is_unstable)
    if drop is None:
        return Review(_promote_when_due(case, candidate), since)
    if is_unstable:
        since = {**since, **dict.fromkeys(left.changes, case.now_ms)}
    return Review((drop, *_propose(steady if left.changes else case.found.proposal)), since)


def _outdated(
    candidate: Candidate,
    left: Collection[StructureChange],
    steady: Collection[StructureChange],
    is_unstable: bool,
) -> DropCandidate | None:
    """Drop the candidate unless all its changes are `left`, and no others are `steady`."""
    if not left:
        return DropCandidate(Cause.CHANGES_GONE, candidate.changes)
    if is_unstable:
        return DropCandidate(Cause.UNSTABLE)
    if gone := tuple(change for change in candidate.changes if change not in left):
        return DropCandidate(Cause.CHANGES_GONE, gone)
    more = tuple(change for change in steady if change not in candidate.changes)
    return DropCandidate(Cause.CHANGES_ADDED, more) if more else None


def _promote_when_due(case: _Case, candidate: Candidate) -> tuple[Action, ...]:
    """Promote or hold a candidate after the shadow time, and drop an expired, held refit."""
    waited_ms, rules = case.now_ms - candidate.since_ms, case.rules
    if candidate.cause is Cause.REFIT and candidate.held and waited_ms >= rules.shadow_ms + rules.retire_after_ms:
        return (DropCandidate(Cause.EXPIRED),)  # it would delay structural changes
    if waited_ms < rules.shadow_ms or candidate.over_budget:
        return ()
    over = case.over_budget(case.found.share_moved(candidate.version))
    if case.blocked is not None:
        return (HoldCandidate(case.blocked, is_final=False, is_published=not candidate.held),)
    return (PromoteCandidate(),) if over is None else (HoldCandidate(over, is_final=True, is_published=True),)


def _refresh(case: _Case, actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """Refresh the centroids, unless the candidate is promoted; a refresh is held only if no candidate waits."""
    if case.rollout.auto_promotion_paused or PromoteCandidate() in actions:
        return ()
    held_by = case.blocked or case.over_budget(case.found.share_moved_by_refresh())
    dropped = any(isinstance(action, DropCandidate) for action in actions)
    proposed = any(isinstance(action, ProposeChanges) for action in actions)
    waits = proposed or (case.rollout.candidate is not None and not dropped)
    return () if held_by is not None and waits else (Refresh(held_by),)
