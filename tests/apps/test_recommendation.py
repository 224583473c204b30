"""Recommendations of a small shop: tea drinkers, milk drinkers, and users who move from one to the other."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Any

import msgspec
import pytest

from apps.methods.shoppers import first_words
from apps.recommendation import Recommendation
from apps.settings import RecommendationSettings
from stream.core.event import Event
from stream.core.policy import DAY_MS
from stream.wire.changes import SegmentChange
from stream.wire.memberships import UserSegment
from stream.wire.profiles import UserProfile
from tests.apps.methods.test_shoppers import half

START_MS = 1_700_006_400_000 // DAY_MS * DAY_MS
TEA, MILK = "s-0001", "s-0002"
SHELVES = {TEA: ["tea", "honey", "lemons"], MILK: ["milk", "butter", "cheese"]}


@pytest.fixture
def shop() -> Recommendation:
    """A shop after 30 days. Each day 3 of 90 users join, and a third of those who have joined buy.

    Nine of ten purchases are from the shelf of the user's segment.
    """
    app, random = Recommendation(settings(items=3)), Random(0)
    for day in range(30):
        for number in range(3 * day + 3):
            user, segment = f"u{number}", TEA if number % 2 else MILK
            if number >= 3 * day:
                profile(app, user, segment, day)
            if number >= 3 * day or random.random() < 1 / 3:
                shelf = SHELVES[segment] if random.random() < 0.9 else SHELVES[MILK] + SHELVES[TEA]
                buy(app, user, random.choice(shelf), day)
        assert list(app.on_idle()) == []
    return app


def settings(items: int = 10) -> RecommendationSettings:
    return RecommendationSettings(recommendation_items=items, recommendation_horizon_ms=10 * DAY_MS)


def buy(app: Recommendation, user: str, item: str, day: float, kind: str = "purchase") -> None:
    assert not list(
        app.on_event(Event(user, f"{user}-{day}-{item}", kind, START_MS + int(day * DAY_MS), f"{item}, 1 l"))
    )


def profile(app: Recommendation, user: str, segment: str, day: int = 30) -> None:
    vector = half([127, 20] if segment == TEA else [20, 127])
    time_ms = START_MS + day * DAY_MS
    assert not list(app.on_profile(UserProfile(user, time_ms, 5, 5.0, {}, vector, segment, 1, "e")))
    fields = {"user": user, "segment": {"id": segment, "name": segment}, "since_ms": time_ms, "sequence": 1}
    rest = {"segment_model": 1, "encoder": "e", "traits": {}, "predicted": {}, "label_heads": "", "soft_membership": []}
    assert not list(app.on_segment(msgspec.convert(fields | rest, UserSegment)))


def change(user: str, to: str, sequence: int = 1, day: int = 30) -> SegmentChange:
    fields = {
        "user": user, "sequence": sequence, "summary": "moved to Tea: bought tea",
        "from": {"id": "pending", "name": ""}, "to": {"id": to, "name": "Tea"}, "rule": "entered", "certainty": None,
        "hysteresis": {"margin_required": 0, "dwell_required_ms": 0, "dwell_ms": 0},
        "evidence": {"items": [], "features": [], "semantic_contribution": 0}, "n_items": 3, "event_time_ms": None,
        "decision_time_ms": START_MS + day * DAY_MS, "segment_model": 1, "encoder": "e", "quality": "full",
        "pinned_by": "",
    }  # fmt: skip
    return msgspec.convert(fields, SegmentChange)


def actions(app: Recommendation, *changes: SegmentChange) -> list[dict[str, Any]]:
    for each in changes:
        assert not list(app.on_change(each))
    return list(app.on_idle())


def names(items: Iterable[dict[str, Any]]) -> list[str]:
    return [item["item"] for item in items]


def test_a_change_of_segment_leads_to_one_recommendation(shop: Recommendation) -> None:
    buy(shop, "eve", "tea", 29)
    profile(shop, "eve", TEA)
    (action,) = actions(shop, change("eve", TEA))
    assert (action["app"], action["user"], action["segment"]) == ("recommendation", "eve", TEA)
    named = ", ".join(names(action["items"]))
    assert (action["do"], action["reason"]) == (f"offer {named}", "moved to Tea: bought tea")
    assert action["time_ms"] == START_MS + 30 * DAY_MS
    assert action["profile_ms"] == START_MS + 30 * DAY_MS
    assert set(names(action["items"])) == set(SHELVES[TEA])
    assert names(action["new"])[:2] == [item for item in names(action["items"]) if item != "tea"]
    assert list(shop.on_idle()) == []


def test_a_move_to_the_other_segment_brings_the_other_shelf(shop: Recommendation) -> None:
    profile(shop, "eve", TEA)
    (before,) = actions(shop, change("eve", TEA))
    profile(shop, "eve", MILK)
    (after,) = actions(shop, change("eve", MILK, sequence=2))
    assert set(names(before["items"])) == set(SHELVES[TEA])
    assert set(names(after["items"])) == set(SHELVES[MILK])
    assert before["change"] != after["change"]


def test_two_changes_at_once_lead_to_the_newest(shop: Recommendation) -> None:
    profile(shop, "eve", MILK)
    (action,) = actions(shop, change("eve", TEA), change("eve", MILK, sequence=2))
    assert action["segment"] == MILK


def test_a_change_waits_for_the_profile_of_its_transaction(shop: Recommendation) -> None:
    profile(shop, "eve", MILK, 29)
    assert actions(shop, change("eve", TEA)) == []
    profile(shop, "eve", TEA)
    (action,) = shop.on_idle()
    assert set(names(action["items"])) == set(SHELVES[TEA])
    assert list(shop.on_idle()) == []


def test_without_profiles_a_change_waits_three_polls(shop: Recommendation) -> None:
    assert [len(each) for each in (actions(shop, change("eve", TEA)), *(list(shop.on_idle()) for _ in range(4)))] == [
        0, 0, 0, 1, 0,
    ]  # fmt: skip


def test_changes_of_the_past_lead_to_nothing_later() -> None:
    app = Recommendation(settings())
    buy(app, "eve", "tea", 1)
    assert [actions(app, change("eve", TEA)), *(list(app.on_idle()) for _ in range(4))] == [[]] * 5


def test_each_item_says_why(shop: Recommendation) -> None:
    buy(shop, "eve", "tea", 28)
    profile(shop, "eve", TEA)
    (action,) = actions(shop, change("eve", TEA))
    why = {item["item"]: item["why"] for item in action["items"]}
    assert why["tea"] == "bought on 1 of 1 days, last 1 days ago"
    assert "of the segment, by" in why["honey"]


def test_the_ranker_is_fitted_when_a_horizon_is_over() -> None:
    app = Recommendation(settings())
    fits = []
    for day in range(25):
        before = app.ranker
        for user in ("ann", "bob", "cid"):
            buy(app, user, "tea" if user == "ann" else "milk", day)
        list(app.on_idle())
        if app.ranker is not before:
            fits.append(day)
    assert fits == [10, 20]


def test_an_application_that_grows_compares_with_the_newcomers_at_once() -> None:
    app = Recommendation(settings())
    for n, day in enumerate((0, 0.1, 0.2, 0.3)):
        buy(app, f"u{n}", "tea", day)
        list(app.on_idle())
        assert app.population is not None
        assert len(app.population.sheet.users) == (1, 2, 2, 4)[n]


def test_only_purchases_count(shop: Recommendation) -> None:
    buy(shop, "eve", "caviar", 19, kind="view")
    assert "eve" not in shop.shoppers


def test_without_purchases_there_is_nothing_to_recommend() -> None:
    app = Recommendation(RecommendationSettings())
    profile(app, "eve", TEA)
    assert actions(app, change("eve", TEA)) == []


def test_an_erased_user_is_nowhere(shop: Recommendation) -> None:
    list(shop.on_change(change("u1", TEA)))
    shop.forget("u1")
    assert list(shop.on_idle()) == []
    populations = [held for held in vars(shop).values() if hasattr(held, "sheet")]
    assert len(populations) == 2
    assert all("u1" not in population.sheet.users for population in populations)
    assert "u1" not in shop.shoppers


def test_after_a_start_the_past_is_learnt_from_purchases_alone(shop: Recommendation) -> None:
    """Whatever the users' profiles are now, the weights are the same."""
    weights = []
    for segment in (TEA, MILK):
        app = Recommendation(settings())
        for user, shopper in shop.shoppers.items():
            profile(app, user, segment)
            for time_ms, item in shopper.purchases:
                app.shoppers[user].add(item, time_ms)
        app.learn(START_MS + 29 * DAY_MS)
        weights.append(app.ranker.weights.tolist())
    assert weights[0] == weights[1] != shop.ranker.weights.tolist()


def test_an_item_is_the_text_up_to_its_comma() -> None:
    assert [first_words(text) for text in ("tea, green", "tea", ", x", "")] == ["tea", "tea", "", ""]
