"""Names are readable, distinct, and of at least two words with a meaning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.description import Phrase
from stream.training.describe.names import (
    can_be_told_apart,
    n_meanings,
    name_phrases,
    says_nothing,
    unused_name,
    words_of_name,
)


def phrases(*texts: str, first: float = 1.0, step: float = 0.1) -> tuple[Phrase, ...]:
    """Return phrases with falling scores."""
    return tuple(Phrase(text, first - step * at) for at, text in enumerate(texts))


def name(*texts: str, behaviour: tuple[str, ...] = (), used: tuple[str, ...] = (), first: float = 1.0) -> str:
    """Return the name of segment s-0007 with these phrases."""
    return unused_name(phrases(*texts, first=first, step=first / 10), behaviour, "s-0007", used)


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (("baby food", "diapers", "wipes", "bottle"), "Baby food, diapers & wipes"),
        (("credit card", "bill"), "Credit card & bill"),
        (("iPhone case", "charger"), "iPhone case & charger"),
        (("credit card",), "Credit card"),
        (("运动鞋", "瑜伽垫", "跑步"), "运动鞋、瑜伽垫、跑步"),
        (("婴儿奶粉",), "婴儿奶粉"),
        (("nike", "运动鞋"), "Nike & 运动鞋"),
    ],
)
def test_a_name_joins_the_best_phrases(texts: tuple[str, ...], found: str) -> None:
    assert name(*texts) == found


def test_weak_phrases_come_into_a_name_only_if_it_needs_them() -> None:
    strong, weak = Phrase("credit card", 2.0), Phrase("report", 0.2)
    assert unused_name((strong, weak), (), "s-0007", ()) == "Credit card"
    assert unused_name((Phrase("coin", 2.0), weak), (), "s-0007", ()) == "Coin & report"


def test_behaviour_names_a_segment_that_texts_do_not_set_apart() -> None:
    habits = ("weekends", "large amounts")
    assert name(behaviour=habits) == "Weekends & large amounts"
    assert name("normal", "heavy", behaviour=habits, first=0.05) == "Weekends & large amounts"
    assert name("normal", behaviour=habits, first=0.4) == "Weekends & large amounts"
    assert name("normal", behaviour=habits, first=0.6) == "Normal & weekends"
    assert name("soda", "cola", behaviour=habits) == "Soda & cola"
    assert name("soda", behaviour=("weekends",)) == "Soda & weekends"


def test_two_segments_of_the_same_texts_are_told_apart_by_behaviour() -> None:
    assert name("oil", "car", "gas", behaviour=("weekends",), used=("Oil, car & gas",)) == "Oil & weekends"


def test_a_segment_that_nothing_sets_apart_has_mixed_interests() -> None:
    assert name() == "Mixed interests"
    assert name(used=("Mixed interests",)) == "Mixed interests (s-0007)"
    assert says_nothing(name())
    assert not says_nothing("Milk & tea")


def test_a_single_word_is_what_its_people_mostly_say_or_do() -> None:
    assert name("milk") == "Mostly milk"
    assert name(behaviour=("evenings",)) == "Mostly evenings"
    assert name_phrases("Mostly evenings") == ["evenings"]


def test_less_clear_behaviour_names_a_segment_with_nothing_else() -> None:
    assert unused_name((), ("middays",), "s-0007", (), ("middays", "weekdays")) == "Middays & weekdays"
    assert unused_name(phrases("oil", "car"), (), "s-0007", (), ("middays", "weekdays")) == "Oil & car"


def test_a_used_name_gives_way_to_the_next_phrases() -> None:
    found = name("oil", "car", "gas", "tires", "bus", used=("Oil, car & gas",))
    assert can_be_told_apart(found, "Oil, car & gas")
    assert {"tires", "bus"} & set(words_of_name(found))


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("Credit card & bill", "Credit score", True),
        ("Baby food", "Baby foods & diapers", False),
        ("Baby food", "Baby food", False),
        ("Oil, car & gas", "Oil, car & bus", False),
        ("Oil, car & gas", "Oil & weekends", True),
        ("运动鞋、瑜伽垫", "运动鞋、跑步", True),
        ("运动鞋", "运动鞋、跑步", False),
        ("", "Oil", False),
    ],
)
def test_names_are_apart_if_each_has_words_of_its_own_and_less_than_half_are_shared(
    one: str, other: str, apart: bool
) -> None:
    assert can_be_told_apart(one, other) is apart
    assert can_be_told_apart(other, one) is apart


TEXTS = st.lists(st.sampled_from(["oil", "car", "gas", "credit card", "baby food", "运动鞋", "tires"]), unique=True)


@given(st.lists(TEXTS, max_size=6))
def test_no_two_names_are_alike_and_none_has_a_single_word(texts: list[list[str]]) -> None:
    given_names: list[str] = []
    for at, each in enumerate(texts):
        given_names.append(unused_name(phrases(*each), ("weekends", "large amounts"), f"s-{at:04d}", given_names))
    for at, one in enumerate(given_names):
        assert n_meanings(one) >= 2
        assert f"s-{at:04d}" in one or all(can_be_told_apart(one, other) for other in given_names[:at])


def test_the_words_and_phrases_of_a_name() -> None:
    assert words_of_name("Baby food, 运动鞋 & iPhone") == ["baby", "food", "运动鞋", "iphone"]
    assert name_phrases("Baby food, diapers & iPhone") == ["baby food", "diapers", "iphone"]
    assert name_phrases("运动鞋、跑步") == ["运动鞋", "跑步"]
    assert name_phrases("") == []
    assert [n_meanings(each) for each in ("Baby food", "运动鞋", "婴儿奶粉", "")] == [2, 1, 2, 0]
