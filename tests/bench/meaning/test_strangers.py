"""Strangers: who they are, and when one counts as found, worked by hand."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bench.meaning.events import START_MS, Event, Planted
from bench.meaning.strangers import Found, found, plant_strangers
from bench.meaning.texts import products_by_category
from bench.meaning.yardstick import Size, plant
from stream.core.policy import DAY_MS
from tests.bench.meaning.timelines import timeline

SIZE = Size(n_users=98, n_days=30)


def test_strangers_are_added_late_and_nobody_else_changes() -> None:
    planted, known = plant_strangers(0, SIZE), plant("interests", 0, SIZE)
    others = [event for event in planted.events if event.user_id not in planted.strangers]
    first_ms = min(event.timestamp for event in planted.events if event.user_id in planted.strangers)
    assert others == known.events
    assert planted.truth == known.truth
    assert len(planted.strangers) == 2
    assert first_ms >= START_MS + 20 * DAY_MS


def test_texts_of_strangers_are_products() -> None:
    planted = plant_strangers(0, SIZE)
    products = {text for texts in products_by_category().values() for text in texts}
    assert {event.text in products for event in planted.events if event.user_id in planted.strangers} == {True}


def scored(words: Mapping[str, str], days: int = 1) -> Found:
    """Score timelines; users whose name begins with x are strangers with an event at each of the first three noons."""
    noon_ms = START_MS + DAY_MS // 2
    strangers = frozenset(user for user in words if user.startswith("x"))
    events = [Event(user, noon_ms + day * DAY_MS, "view", "milk", 0) for day in range(3) for user in sorted(strangers)]
    return found(
        Planted(events, {}, 7, (), strangers=strangers), {user: timeline(word) for user, word in words.items()}, days
    )


@pytest.mark.parametrize(
    ("stranger", "recall"),
    [("..??", 1.0), ("..22", 1.0), ("..11", 1.0), ("..--", 0.0), ("....", 0.0)],
    ids=["unknown", "a segment of their own", "half of a segment", "inactive", "pending"],
)
def test_a_stranger_is_found_by_hand(stranger: str, recall: float) -> None:
    assert scored({"x1": stranger, "a": "1111"}).recall == recall


def test_a_stranger_among_more_others_is_not_found() -> None:
    assert scored({"x1": "..11", "a": "1111", "b": "1111"}).recall == 0.0


def test_the_moment_is_so_many_days_after_the_third_event() -> None:
    words = {"x1": "..111??", "a": "1111111", "b": "1111111"}
    assert [scored(words, days).recall for days in (1, 2, 3)] == [0.0, 0.0, 1.0]


def test_a_moment_after_the_end_does_not_count() -> None:
    assert scored({"x1": "..??"}, days=7).n_strangers == 0


def test_unknown_others_are_false_alarms() -> None:
    assert scored({"x1": "..??", "a": "1111", "b": "11??", "c": "11??", "d": "1111", "e": "...."}).false_unknown == 0.5
