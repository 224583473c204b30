"""Decisions of a review as a table: the rollout, what is found, and the actions that follow."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pytest

from stream.training.steps.review import (
    DropCandidate,
    HoldCandidate,
    PromoteCandidate,
    ProposeChanges,
    Refresh,
    RolloutRules,
    review,
)
from stream.training.values.candidate import Candidate, RolloutState
from stream.training.values.promotion import Cause
from stream.training.values.structure_change import ChangeKind, ChangeSet, StructureChange

RULES = RolloutRules(churn_budget=0.1, shadow_ms=10, retire_after_ms=50)
NOW_MS = 100
A, B, C = (StructureChange(ChangeKind.SPLIT, (segment,)) for segment in ("s-0001", "s-0002", "s-0003"))
NOTHING = np.empty((0, 0))


@dataclass
class Found:
    """Findings of given changes and figures."""

    changes: tuple[StructureChange, ...] = ()
    moved: float = 0.0
    refresh_moved: float = 0.0
    unstable: bool = False

    @property
    def proposal(self) -> ChangeSet:
        return ChangeSet(self.changes, NOTHING)

    def restricted_to(self, changes: Collection[StructureChange]) -> ChangeSet:
        return ChangeSet(tuple(change for change in self.changes if change in changes), NOTHING)

    def is_unstable(self, candidate: Candidate, left: ChangeSet) -> bool:
        return self.unstable

    def share_moved(self, version: int) -> float:
        return self.moved

    def share_moved_by_refresh(self) -> float:
        return self.refresh_moved


def candidate(
    *changes: StructureChange, since_ms: int = 95, cause: Cause = Cause.STRUCTURE_CHANGE, held: bool = False
) -> Candidate:
    return Candidate(7, since_ms, cause, changes, 4, (), held=held)


def decided(rollout: RolloutState, found: Found) -> list[object]:
    """Return the actions, a proposal by its changes."""
    actions = review(rollout, found, RULES, NOW_MS).actions
    return [each.proposal.changes if isinstance(each, ProposeChanges) else each for each in actions]


YOUNG, OLD = candidate(A), candidate(A, since_ms=90)
REFIT = candidate(since_ms=90, cause=Cause.REFIT)


@pytest.mark.parametrize(
    ("waiting", "found", "actions"),
    [
        (None, Found(), [Refresh()]),
        (None, Found(refresh_moved=0.2), [Refresh(Cause.OVER_BUDGET)]),
        (None, Found((A, B)), [(A, B), Refresh()]),
        (None, Found((A,), refresh_moved=0.2), [(A,)]),
        (YOUNG, Found((A,)), [Refresh()]),
        (YOUNG, Found((A,), refresh_moved=0.2), []),
        (YOUNG, Found((A, B)), [Refresh()]),
        (YOUNG, Found((A,), unstable=True), [DropCandidate(Cause.UNSTABLE), (A,), Refresh()]),
        (YOUNG, Found(()), [DropCandidate(Cause.CHANGES_GONE, (A,)), Refresh()]),
        (YOUNG, Found((C,)), [DropCandidate(Cause.CHANGES_GONE, (A,)), (C,), Refresh()]),
        (candidate(A, B), Found((B,)), [DropCandidate(Cause.CHANGES_GONE, (A,)), (B,), Refresh()]),
        (OLD, Found((A,)), [PromoteCandidate()]),
        (OLD, Found((A,), moved=0.2), [HoldCandidate(Cause.OVER_BUDGET, is_final=True, is_published=True), Refresh()]),
        (REFIT, Found((A,)), [PromoteCandidate()]),
        (
            candidate(since_ms=40, cause=Cause.REFIT, held=True),
            Found((A,)),
            [DropCandidate(Cause.EXPIRED), Refresh()],
        ),
        (candidate(cause=Cause.REFRESH, held=True), Found(), [DropCandidate(Cause.SUPERSEDED), Refresh()]),
    ],
    ids=[
        "nothing found", "a refresh over the budget", "two changes", "a refresh over the budget beside a proposal",
        "in shadow", "in shadow, a refresh over the budget", "a change found for the first time", "unstable",
        "all changes gone", "another change found", "one of two gone", "held long enough", "over the budget",
        "a refit ignores changes", "a held refit expires", "a held refresh is superseded",
    ],
)  # fmt: skip
def test_actions_follow_from_the_candidate_and_the_findings(
    waiting: Candidate | None, found: Found, actions: list[object]
) -> None:
    assert decided(RolloutState(waiting, changes_since={A: 90}), found) == actions


def test_a_change_found_twice_in_a_row_joins_the_candidate() -> None:
    rollout = RolloutState(YOUNG, changes_since={A: 90, B: 95})
    assert decided(rollout, Found((A, B, C))) == [DropCandidate(Cause.CHANGES_ADDED, (B,)), (A, B), Refresh()]


@pytest.mark.parametrize("held", [False, True])
def test_a_candidate_due_during_a_ramp_is_held_and_announced_once(held: bool) -> None:
    rollout = RolloutState(candidate(A, since_ms=90, held=held), ramp_ends_ms=NOW_MS + 1)
    hold = HoldCandidate(Cause.ROLLOUT_IN_PROGRESS, is_final=False, is_published=not held)
    assert decided(rollout, Found((A,))) == [hold]
    over = RolloutState(rollout.candidate, ramp_ends_ms=NOW_MS)
    assert decided(over, Found((A,))) == [PromoteCandidate()]


def test_after_a_rollback_nothing_is_promoted_or_refreshed() -> None:
    rollout = RolloutState(OLD, auto_promotion_paused=True)
    hold = HoldCandidate(Cause.AUTO_PROMOTION_PAUSED, is_final=False, is_published=True)
    assert decided(rollout, Found((A,))) == [hold]
    assert decided(RolloutState(auto_promotion_paused=True), Found()) == []


def test_a_change_keeps_its_age_while_every_review_finds_it() -> None:
    rollout = RolloutState(YOUNG, changes_since={A: 90, B: 95})
    assert review(rollout, Found((A, C)), RULES, NOW_MS).changes_since == {A: 90, C: NOW_MS}
    assert review(rollout, Found((A, C), unstable=True), RULES, NOW_MS).changes_since == {A: NOW_MS, C: NOW_MS}
