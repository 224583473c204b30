"""Alerts of the application: their words and links, the quiet week, and an erasure."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from apps.app import Action
from apps.methods.alarm_budget import WEEK_MS
from apps.risk import Risk
from apps.settings import RiskSettings
from stream.core.policy import DAY_MS
from stream.wire.changes import SegmentChange
from stream.wire.topics import SEGMENT_CHANGES
from tests.apps.profiles import profile
from tests.published_records import published_records

D = 8
START_MS = 2_900 * WEEK_MS
RING_MS = START_MS + 3 * WEEK_MS
RING = np.random.default_rng(21).normal(size=D)


@pytest.fixture
def risk() -> Risk:
    """An application that has seen 60 ordinary users for three weeks."""
    made, rng = Risk(RiskSettings()), np.random.default_rng(22)
    for day in range(22):
        for user in range(60):
            assert not made.on_profile(profile(f"user-{user}", START_MS + day * DAY_MS, rng.normal(size=D)))
    return made


def ring(risk: Risk, *members: str, at_ms: int = RING_MS) -> list[Action]:
    """Let members buy the same at a time; return the alerts."""
    return [action for member in members for action in risk.on_profile(profile(member, at_ms, RING))]


def change_of(user: str) -> SegmentChange:
    (value, *_) = [each.value for each in published_records() if each.topic == SEGMENT_CHANGES]
    assert value is not None
    found = msgspec.json.decode(value, type=SegmentChange)
    return msgspec.structs.replace(found, user=user)


def test_a_ring_is_told_with_the_users_it_is_of(risk: Risk) -> None:
    (alert,) = ring(risk, "a", "b", "c")
    assert (alert["app"], alert["user"], alert["time_ms"], alert["signal"]) == ("risk", "c", RING_MS, "like others")
    assert {each["user"] for each in alert["like"]} == {"a", "b"}
    first, second = (each["user"] for each in alert["like"])
    like = f"the same kinds of items as {first} and {second} (cosine 1.00)"
    assert alert["reason"] == f"behaves almost exactly like other users: {like}"


def test_an_alert_links_to_the_explanation_of_the_last_change(risk: Risk) -> None:
    change = change_of("c d")
    risk.on_change(change)
    (alert,) = ring(risk, "a", "b", "c d")
    assert alert["change"] == change.sequence
    assert alert["explain"] == f"segue explain 'c d' --sequence {change.sequence}"
    assert alert["explain_path"] == f"/api/v1/users/c%20d/changes/{change.sequence}/explanation"


def test_a_past_that_was_read_user_by_user_is_enough() -> None:
    made, rng = Risk(RiskSettings()), np.random.default_rng(24)
    for user in range(60):
        for day in range(22):
            made.on_profile(profile(f"user-{user}", START_MS + day * DAY_MS, rng.normal(size=D)))
    assert not list(made.on_idle())
    assert [alert["user"] for alert in ring(made, "a", "b", "c")] == ["c"]


def test_without_a_change_an_alert_links_to_the_present_state(risk: Risk) -> None:
    (alert,) = ring(risk, "a", "b", "c")
    assert "change" not in alert
    assert (alert["explain"], alert["explain_path"]) == ("segue explain c", "/api/v1/users/c/explanation")


def test_a_user_is_told_once_a_week(risk: Risk) -> None:
    assert len(ring(risk, "a", "b", "c")) == 1
    assert not ring(risk, "c", at_ms=RING_MS + WEEK_MS - 1)
    risk.on_profile(profile("a", RING_MS + WEEK_MS, RING))
    assert ring(risk, "c", at_ms=RING_MS + WEEK_MS)


def test_nothing_is_left_of_an_erased_user(risk: Risk) -> None:
    ring(risk, "a", "b", "c")
    risk.on_change(change_of("a"))
    for member in ("a", "b"):
        risk.forget(member)
    assert not ring(risk, "d"), "only c is like it"
    (alert,) = ring(risk, "e")
    assert {each["user"] for each in alert["like"]} == {"c", "d"}


def test_words_say_what_is_unlike_the_past() -> None:
    risk, rng = Risk(RiskSettings(risk_false_alarms=20)), np.random.default_rng(23)
    tastes = rng.normal(size=(30, D))
    for day in range(150):
        for user in range(30):
            semantic = tastes[user] + rng.normal(size=D) / 5
            amount = 1.5 + rng.normal() / 10
            list(risk.on_profile(profile(f"{user}", START_MS + day * DAY_MS, semantic, {"amount_mean": amount})))
    (alert,) = risk.on_profile(profile("7", START_MS + 158 * DAY_MS, -tastes[7], {"amount_mean": 4.0}))
    assert alert["signal"] == "unlike the past"
    assert alert["reason"].startswith("does not behave as ever before: large amounts (+")
    assert "standard deviations); texts with a cosine of -1.00 to the user's own past" in alert["reason"]
