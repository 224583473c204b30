"""Held candidates: for good if they move too many users, for a while during a ramp or after a rollback."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stream.core.policy import DAY_MS
from stream.training.values.commands import Drop, Promote, Rollback
from stream.training.values.lineage import LineageEvent
from stream.training.values.promotion import Cause, Status
from tests.training.harness import events
from tests.training.stub_detector import SPLIT

CHANGE = Cause.STRUCTURE_CHANGE


def test_a_candidate_once_over_the_budget_is_promoted_only_by_an_operator(story: Any) -> None:
    told = story({"1": "x"}, churn_budget=0.0)
    assert told.run(4)[2:] == [[(Status.HELD, Cause.OVER_BUDGET, (SPLIT[1],))], []]
    told.life.policy = replace(told.life.policy, churn_budget=1.0)
    assert told.run(3) == [[], [], []]
    version = told.life.state.rollout.candidate.version
    assert [e.event for e in events(told.life.ask(Promote("ann", version)))] == [LineageEvent.SPLIT]


def test_a_candidate_that_replaces_a_held_one_may_be_promoted(story: Any) -> None:
    told = story({"1": "x", "2": "....xxxx"}, churn_budget=0.0)
    told.run(4)
    told.life.policy = replace(told.life.policy, churn_budget=1.0)
    newer = (SPLIT[1], SPLIT[2])
    assert told.run(3) == [
        [],
        [(Status.DROPPED, Cause.CHANGES_ADDED, (SPLIT[2],)), (Status.PROPOSED, CHANGE, newer)],
        [(Status.PROMOTED, CHANGE, newer)],
    ]


def test_a_candidate_held_during_a_ramp_is_reconsidered_after_it(story: Any) -> None:
    #  day    0           1           2     3      4
    #         proposed    proposed          due    passed
    told = story({"1": "x"})
    told.run(1)
    told.life.ask(Promote("ann", told.life.state.registry.previous[-1], ramp_ms=4 * DAY_MS))  # and drops the candidate
    assert told.run(4) == [
        [(Status.PROPOSED, CHANGE, (SPLIT[1],))],
        [],
        [(Status.HELD, Cause.ROLLOUT_IN_PROGRESS, (SPLIT[1],))],
        [(Status.PROMOTED, CHANGE, (SPLIT[1],))],
    ]


def test_a_candidate_held_since_a_rollback_is_reconsidered_after_a_promotion(story: Any) -> None:
    told = story({"1": ".xxxxx"})
    told.run(1)
    told.life.ask(Rollback("ann"))
    assert told.run(4) == [
        [(Status.PROPOSED, CHANGE, (SPLIT[1],))],
        [],
        [(Status.HELD, Cause.AUTO_PROMOTION_PAUSED, (SPLIT[1],))],
        [],
    ]
    told.life.ask(Promote("bob", told.life.state.registry.serving))
    assert told.run(1) == [[(Status.PROMOTED, CHANGE, (SPLIT[1],))]]


def test_over_the_budget_during_a_ramp_is_not_final(story: Any) -> None:
    told = story({"1": "x"}, churn_budget=0.0)
    told.run(1)
    told.life.ask(Promote("ann", told.life.state.registry.previous[-1], ramp_ms=4 * DAY_MS))
    assert told.run(3)[2] == [(Status.HELD, Cause.ROLLOUT_IN_PROGRESS, (SPLIT[1],))]
    # said again, with the cause that stays
    assert told.run(2) == [[(Status.HELD, Cause.OVER_BUDGET, (SPLIT[1],))], []]


def test_changes_of_a_candidate_dropped_by_an_operator_must_hold_again(story: Any) -> None:
    told = story({"1": "x"})
    assert told.run(2) == [[(Status.PROPOSED, CHANGE, (SPLIT[1],))], []]
    told.life.ask(Drop("ann", told.life.state.rollout.candidate.version))
    assert told.run(3) == [[(Status.PROPOSED, CHANGE, (SPLIT[1],))], [], [(Status.PROMOTED, CHANGE, (SPLIT[1],))]]
