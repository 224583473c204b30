"""What may not serve by itself: for good, if it would move too many; for a while, if something else is in the way."""

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


def test_who_was_over_the_budget_once_does_not_serve_without_a_hand(story: Any) -> None:
    told = story({"1": "x"}, churn_budget=0.0)
    assert told.run(4)[2:] == [[(Status.HELD, Cause.OVER_BUDGET, (SPLIT[1],))], []]
    told.life.policy = replace(told.life.policy, churn_budget=1.0)
    assert told.run(3) == [[], [], []]
    version = told.life.state.rollout.candidate.version
    assert [e.event for e in events(told.life.ask(Promote("ann", version)))] == [LineageEvent.SPLIT]


def test_a_newer_one_in_its_place_may_serve(story: Any) -> None:
    told = story({"1": "x", "2": "....xxxx"}, churn_budget=0.0)
    told.run(4)
    told.life.policy = replace(told.life.policy, churn_budget=1.0)
    newer = (SPLIT[1], SPLIT[2])
    assert told.run(3) == [
        [],
        [(Status.DROPPED, Cause.CHANGES_ADDED, (SPLIT[2],)), (Status.PROPOSED, CHANGE, newer)],
        [(Status.PROMOTED, CHANGE, newer)],
    ]


def test_what_waits_for_people_to_pass_is_asked_again(story: Any) -> None:
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


def test_what_waits_for_the_end_of_a_rollback_is_asked_again(story: Any) -> None:
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


def test_over_the_budget_while_people_pass_is_no_last_word(story: Any) -> None:
    told = story({"1": "x"}, churn_budget=0.0)
    told.run(1)
    told.life.ask(Promote("ann", told.life.state.registry.previous[-1], ramp_ms=4 * DAY_MS))
    assert told.run(3)[2] == [(Status.HELD, Cause.ROLLOUT_IN_PROGRESS, (SPLIT[1],))]
    # said again, with the cause that stays
    assert told.run(2) == [[(Status.HELD, Cause.OVER_BUDGET, (SPLIT[1],))], []]


def test_what_a_hand_gave_up_must_hold_anew(story: Any) -> None:
    told = story({"1": "x"})
    assert told.run(2) == [[(Status.PROPOSED, CHANGE, (SPLIT[1],))], []]
    told.life.ask(Drop("ann", told.life.state.rollout.candidate.version))
    assert told.run(3) == [[(Status.PROPOSED, CHANGE, (SPLIT[1],))], [], [(Status.PROMOTED, CHANGE, (SPLIT[1],))]]
