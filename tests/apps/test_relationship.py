"""Warnings: who gets one, when, with which words; and nothing of an erased user.

Days 0 to 40: `stay…` buy each day, `left…` stopped at different times. Churn is 8 days of silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import msgspec
import pytest

from apps.app import Action
from apps.relationship import Relationship
from apps.settings import RelationshipSettings
from stream.core.policy import DAY_MS
from stream.wire.changes import SegmentChange
from tests.apps.shop import event, profile

SILENT_MS, NOW = 8 * DAY_MS, 40
SETTINGS = RelationshipSettings(relationship_silent_ms=SILENT_MS, relationship_value_ms=8 * DAY_MS)
STAY, LEFT = [f"stay{number}" for number in range(40)], [f"left{number}" for number in range(30)]
BEST = STAY[:4]  # of the tenth of them all


def purchases() -> Iterator[tuple[int, str, float]]:
    """Yield day, user and amount."""
    for day in range(NOW):
        yield from ((day, user, 100.0 if user in BEST else 1.0) for user in STAY)
        yield from ((day, user, 1.0) for at, user in enumerate(LEFT) if day < 5 + at)


def relationship(settings: RelationshipSettings = SETTINGS) -> Relationship:
    """Return an application that has read the past."""
    made = Relationship(settings)
    for user in STAY + LEFT:
        made.on_profile(profile(user, segment="s-0001" if user in BEST else "s-0002", time_ms=(NOW - 1) * DAY_MS))
    for day, user, amount in purchases():
        made.on_event(event(user, time_ms=day * DAY_MS, amount=amount))
    assert list(made.on_idle()) == [], "the past leads to no action"
    return made


def day(app: Relationship, number: int, silent: str = "") -> list[Action]:
    """Let a day pass on which everybody who stays buys, but for one user."""
    for user in STAY:
        if user != silent:
            app.on_event(event(user, time_ms=number * DAY_MS, amount=100.0 if user in BEST else 1.0))
    return list(app.on_idle())


def change(user: str, to: str = "s-0002") -> SegmentChange:
    plain = {
        "user": user, "sequence": 2, "summary": "moved to Snacks: bought “cola” ×2; was: Wine",
        "rule": "margin_and_dwell",
        "from": {"id": "s-0001", "name": "Wine"}, "to": {"id": to, "name": "Snacks"}, "certainty": None,
        "hysteresis": {"margin_required": 0.1, "dwell_required_ms": 0, "dwell_ms": 0},
        "evidence": {"items": [], "features": [], "semantic_contribution": 0.0}, "n_items": 3,
        "event_time_ms": NOW * DAY_MS, "decision_time_ms": NOW * DAY_MS, "segment_model": 1, "encoder": "hash",
        "quality": "full", "pinned_by": "",
    }  # fmt: skip
    return msgspec.convert(plain, SegmentChange)


def test_a_user_of_high_value_who_falls_silent_is_warned_of_once() -> None:
    app = relationship()
    assert app.high_value.users.keys() >= set(BEST)
    warnings = [each for number in range(NOW, NOW + 4) for each in day(app, number, silent="stay0")]
    assert [(each["user"], each["warning"]) for each in warnings] == [("stay0", "churn")]
    (warning,) = warnings
    assert warning["churn"] >= warning["churn_of_all"] > 0
    assert warning["reason"].startswith("a user of high value is likely to leave; chance of churn ")
    assert "last purchase" in warning["reason"]
    assert (warning["app"], warning["segment"]) == ("relationship", "s-0001")
    assert warning["profile_ms"] == (NOW - 1) * DAY_MS


def test_a_user_who_is_still_silent_is_warned_of_again_after_half_a_horizon() -> None:
    app = relationship()
    warned = [
        each["time_ms"]
        for number in range(NOW, NOW + 7)
        for each in day(app, number, "stay0")
        if each["user"] == "stay0"
    ]
    assert len(warned) == 2
    assert all(later - earlier >= SILENT_MS // 2 for earlier, later in pairwise(warned))


def test_the_silence_of_other_users_is_no_warning() -> None:
    app = relationship()
    assert [each for number in range(NOW, NOW + 4) for each in day(app, number, silent="stay39")] == []


def test_a_change_to_a_segment_that_spends_less_is_a_warning_with_its_words() -> None:
    app = relationship()
    app.on_change(change("stay1"))
    (warning,) = app.on_idle()
    assert (warning["user"], warning["warning"]) == ("stay1", "drift")
    assert "moved to Snacks: bought “cola” ×2; was: Wine; users there spend 99 % less" in warning["reason"]
    assert warning["change"]


@pytest.mark.parametrize(("user", "to"), [("stay39", "s-0002"), ("left0", "inactive"), ("stay1", "s-0001")])
def test_a_change_of_others_or_to_a_segment_that_spends_as_much_is_no_warning(user: str, to: str) -> None:
    app = relationship()
    app.on_change(change(user, to))
    assert list(app.on_idle()) == []


def test_a_change_of_the_past_is_no_warning() -> None:
    app = Relationship(SETTINGS)
    app.on_change(change("stay1"))
    assert list(app.on_idle()) == list(app.on_idle()) == []


def test_other_kinds_of_event_are_no_purchases() -> None:
    app = Relationship(SETTINGS)
    app.on_event(event("ann", "view"))
    assert app.customers.spending == {}


def test_users_who_may_not_be_learned_from_are_still_judged() -> None:
    app = Relationship(SETTINGS, may_learn_from=lambda user: user not in BEST)
    for number, user, amount in purchases():
        app.on_event(event(user, time_ms=number * DAY_MS, amount=amount))
    list(app.on_idle())
    assert app.forecast.churn is not None
    assert app.high_value.users.keys() >= set(BEST)


def test_an_erased_user_is_nowhere_and_gets_no_warning() -> None:
    app = relationship()
    app.on_change(change("stay1"))
    day(app, NOW, silent="stay0")
    app.on_change(change("stay1"))
    for user in ("stay0", "stay1"):
        app.forget(user)
    held = [vars(app), vars(app.customers), app.high_value, vars(app.forecast.churn) if app.forecast.churn else ""]
    assert not [user for user in ("'stay0'", "'stay1'") if user in repr(held)]
    assert "'stay2'" in repr(held)
    assert [each for each in app.on_idle() if each["user"] in ("stay0", "stay1")] == []
