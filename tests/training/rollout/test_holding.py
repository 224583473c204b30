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


def test_a_candidate_once_over_the_budget_is_promoted_only_by_an_operator(scenario_of: Any) -> None:
    scenario = scenario_of({"1": "x"}, churn_budget=0.0)
    assert scenario.run(4)[2:] == [[(Status.HELD, Cause.OVER_BUDGET, (SPLIT[1],))], []]
    scenario.trainer.policy = replace(scenario.trainer.policy, churn_budget=1.0)
    assert scenario.run(3) == [[], [], []]
    version = scenario.trainer.state.rollout.candidate.version
    assert [e.event for e in events(scenario.trainer.ask(Promote("ann", version)))] == [LineageEvent.SPLIT]


def test_a_candidate_that_replaces_a_held_one_may_be_promoted(scenario_of: Any) -> None:
    scenario = scenario_of({"1": "x", "2": "....xxxx"}, churn_budget=0.0)
    scenario.run(4)
    scenario.trainer.policy = replace(scenario.trainer.policy, churn_budget=1.0)
    newer = (SPLIT[1], SPLIT[2])
    assert scenario.run(3) == [
        [],
        [(Status.DROPPED, Cause.CHANGES_ADDED, (SPLIT[2],)), (Status.PROPOSED, CHANGE, newer)],
        [(Status.PROMOTED, CHANGE, newer)],
    ]


def test_a_candidate_held_during_a_ramp_is_reconsidered_after_it(scenario_of: Any) -> None:
    #  day    0           1           2     3      4
    #         proposed    proposed          due    passed
    scenario = scenario_of({"1": "x"})
    scenario.run(1)
    scenario.trainer.ask(
        Promote("ann", scenario.trainer.state.registry.previous[-1], ramp_ms=4 * DAY_MS)
    )  # and drops the candidate
    assert scenario.run(4) == [
        [(Status.PROPOSED, CHANGE, (SPLIT[1],))],
        [],
        [(Status.HELD, Cause.ROLLOUT_IN_PROGRESS, (SPLIT[1],))],
        [(Status.PROMOTED, CHANGE, (SPLIT[1],))],
    ]


def test_a_candidate_held_since_a_rollback_is_reconsidered_after_a_promotion(scenario_of: Any) -> None:
    scenario = scenario_of({"1": ".xxxxx"})
    scenario.run(1)
    scenario.trainer.ask(Rollback("ann"))
    assert scenario.run(4) == [
        [(Status.PROPOSED, CHANGE, (SPLIT[1],))],
        [],
        [(Status.HELD, Cause.AUTO_PROMOTION_PAUSED, (SPLIT[1],))],
        [],
    ]
    scenario.trainer.ask(Promote("bob", scenario.trainer.state.registry.serving))
    assert scenario.run(1) == [[(Status.PROMOTED, CHANGE, (SPLIT[1],))]]


def test_over_the_budget_during_a_ramp_is_not_final(scenario_of: Any) -> None:
    scenario = scenario_of({"1": "x"}, churn_budget=0.0)
    scenario.run(1)
    scenario.trainer.ask(Promote("ann", scenario.trainer.state.registry.previous[-1], ramp_ms=4 * DAY_MS))
    assert scenario.run(3)[2] == [(Status.HELD, Cause.ROLLOUT_IN_PROGRESS, (SPLIT[1],))]
    # said again, with the cause that stays
    assert scenario.run(2) == [[(Status.HELD, Cause.OVER_BUDGET, (SPLIT[1],))], []]


def test_changes_of_a_candidate_dropped_by_an_operator_must_hold_again(scenario_of: Any) -> None:
    scenario = scenario_of({"1": "x"})
    assert scenario.run(2) == [[(Status.PROPOSED, CHANGE, (SPLIT[1],))], []]
    scenario.trainer.ask(Drop("ann", scenario.trainer.state.rollout.candidate.version))
    assert scenario.run(3) == [[(Status.PROPOSED, CHANGE, (SPLIT[1],))], [], [(Status.PROMOTED, CHANGE, (SPLIT[1],))]]
