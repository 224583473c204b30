"""What may not serve by itself: for good, if it would move too many; for a while, if something else is in the way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stream.core.policy import DAY_MS
from stream.training.values.commands import Drop, Promote, Rollback
from stream.training.values.promotion import DROPPED, HELD, PROMOTED, PROPOSED
from tests.training.harness import events
from tests.training.stub_detector import NEWER, SPLIT


def test_who_was_over_the_budget_once_does_not_serve_without_a_hand(story: Any) -> None:
    told = story({"1": "x"}, churn_budget=0.0)
    _, _, [(status, why)], then = told.run(4)
    assert (status, why[-35:], then) == (HELD, "of people, the churn budget is 0.0%", [])
    told.life.policy = replace(told.life.policy, churn_budget=1.0)
    assert told.run(3) == [[], [], []]
    version = told.life.state.candidate.version
    assert [e.event for e in events(told.life.ask(Promote("ann", version)))] == ["split"]


def test_a_newer_one_in_its_place_may_serve(story: Any) -> None:
    told = story({"1": "x", "2": "....xxxx"}, churn_budget=0.0)
    told.run(4)
    told.life.policy = replace(told.life.policy, churn_budget=1.0)
    newer = f"{SPLIT[1]}, {SPLIT[2]}"
    assert told.run(3) == [
        [],
        [(DROPPED, f"{SPLIT[2]} is there too{NEWER}"), (PROPOSED, newer)],
        [(PROMOTED, newer)],
    ]


def test_what_waits_for_people_to_pass_is_asked_again(story: Any) -> None:
    #  day    0           1           2     3      4
    #         proposed    proposed          due    passed
    told = story({"1": "x"})
    told.run(1)
    told.life.ask(Promote("ann", told.life.state.former[-1], ramp_ms=4 * DAY_MS))  # and drops the candidate
    passing = "people still pass to the model that serves"
    assert told.run(4) == [[(PROPOSED, SPLIT[1])], [], [(HELD, passing)], [(PROMOTED, SPLIT[1])]]


def test_what_waits_for_the_end_of_a_rollback_is_asked_again(story: Any) -> None:
    told = story({"1": ".xxxxx"})
    told.run(1)
    told.life.ask(Rollback("ann"))
    frozen = "nothing is promoted by itself since the rollback; promoting a model by hand ends that"
    assert told.run(4) == [[(PROPOSED, SPLIT[1])], [], [(HELD, frozen)], []]
    told.life.ask(Promote("bob", told.life.state.serving))
    assert told.run(1) == [[(PROMOTED, SPLIT[1])]]


def test_over_the_budget_while_people_pass_is_no_last_word(story: Any) -> None:
    told = story({"1": "x"}, churn_budget=0.0)
    told.run(1)
    told.life.ask(Promote("ann", told.life.state.former[-1], ramp_ms=4 * DAY_MS))
    assert told.run(3)[2] == [(HELD, "people still pass to the model that serves")]
    [[(status, why)], then] = told.run(2)  # said again, with the reason that stays
    assert (status, why[-35:], then) == (HELD, "of people, the churn budget is 0.0%", [])


def test_what_a_hand_gave_up_must_hold_anew(story: Any) -> None:
    told = story({"1": "x"})
    assert told.run(2) == [[(PROPOSED, SPLIT[1])], []]
    told.life.ask(Drop("ann", told.life.state.candidate.version))
    assert told.run(3) == [[(PROPOSED, SPLIT[1])], [], [(PROMOTED, SPLIT[1])]]
