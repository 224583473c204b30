"""Evidence as a reason, worked by hand."""

from __future__ import annotations

import pytest

from stream.core.output import Evidence, MovingItems
from stream.core.sentence.evidence_phrase import actions_phrase, evidence_phrase
from tests.core.sentence.builders import DAY_MS, HOUR_MS, evidence, feature, items


@pytest.mark.parametrize(
    ("kinds", "phrase"),
    [
        (("view",), "viewed “red shoes”"),
        (("search",), "searched for “red shoes”"),
        (("post",), "wrote “red shoes”"),
        (("purchase",), "bought “red shoes”"),
        (("Order Completed",), "bought “red shoes”"),
        (("wishlist",), "did “wishlist” on “red shoes”"),
        (("wish\nlist",), "did “wish list” on “red shoes”"),
        (("view", "purchase"), "viewed and bought “red shoes”"),
        (("view", "wishlist", "purchase"), "viewed, did “wishlist” on and bought “red shoes”"),
        (("purchase", "Order Completed"), "bought “red shoes”"),
    ],
)
def test_kinds_are_said_as_verbs_and_unknown_ones_plainly(kinds: tuple[str, ...], phrase: str) -> None:
    assert actions_phrase([items("red shoes", 1, *kinds)]) == phrase


def test_texts_of_one_verb_are_listed_together_with_their_numbers() -> None:
    found = actions_phrase([items("milk", 2), items("tent", 1, "search"), items("bread", 3), items("rolls")])
    assert found == "bought “milk” ×2, “bread” ×3 and “rolls”, searched for “tent” (7 items at once)"


def test_the_time_is_from_the_first_to_the_last_of_all_items() -> None:
    found = actions_phrase(
        [
            items("milk", first_ms=5 * HOUR_MS, last_ms=5 * HOUR_MS),
            items("rye", 2, first_ms=2 * HOUR_MS, last_ms=3 * HOUR_MS),
        ]
    )
    assert found == "bought “milk” and “rye” ×2 (3 items in 3 hours)"


def test_one_text_says_its_number_once() -> None:
    assert actions_phrase([items("milk", 4, last_ms=2 * DAY_MS)]) == "bought “milk” (4 items in 2 days)"


def test_equal_texts_are_counted_once() -> None:
    long = "strawberries in a basket of two pounds, "
    assert actions_phrase([items("Milk", 1), items("milk", 2)]) == "bought “Milk” (3 items at once)"
    assert actions_phrase([items(f"{long}red", 1), items(f"{long}green", 1)]) == (
        "bought “strawberries in a basket of two…” (2 items at once)"
    )


@pytest.mark.parametrize(
    ("moving", "phrase"),
    [
        ([items("", 1)], "bought 1 item"),
        ([items("", 3, last_ms=2 * DAY_MS)], "bought 3 items in 2 days"),
        ([items("", 2, "view"), items("", 1, "view")], "viewed 3 items at once"),
        ([items("", 2, "view"), items("", 1, last_ms=DAY_MS)], "viewed 2 items, bought 1 item (3 items in a day)"),
        ([items("", 1, "wishlist")], "did “wishlist” on 1 item"),
        ([items("\x1b\x07", 2)], "bought 2 items at once"),  # controls alone are no text
    ],
)
def test_items_without_texts_are_counted(moving: list[MovingItems], phrase: str) -> None:
    assert actions_phrase(moving) == phrase


def test_texts_in_chinese_pass_unchanged() -> None:
    found = actions_phrase([items("婴儿米粉", 2, last_ms=DAY_MS), items("尿布", 1, "search")])
    assert found == "bought “婴儿米粉” ×2, searched for “尿布” (3 items in a day)"


def test_texts_with_the_larger_share_come_before_the_strongest_behaviour() -> None:
    found = evidence_phrase(evidence(items("milk"), feature("weekends", 0.2), feature("mornings", 0.1), semantic=0.5))
    assert found == "bought “milk”; also weekends"


def test_behaviour_with_the_larger_share_comes_before_the_strongest_text() -> None:
    parts = items("milk"), items("rye"), feature("weekends", 0.5), feature("large amounts", 0.2), feature("nights", 0.1)
    assert evidence_phrase(evidence(*parts, semantic=0.2), "now ") == "now weekends, large amounts; also bought “milk”"


def test_a_second_reason_below_a_tenth_of_the_move_is_left_out() -> None:
    assert evidence_phrase(evidence(items("milk"), feature("weekends", 0.09))) == "bought “milk”"
    assert evidence_phrase(evidence(items("milk"), feature("weekends", 0.9), semantic=0.09)) == "weekends"


def test_features_without_words_say_nothing() -> None:
    assert evidence_phrase(evidence(items("milk"), feature("", 0.9), semantic=0.1)) == "bought “milk”"
    assert evidence_phrase(evidence(feature("", 0.9), semantic=0.1)) == ""


def test_words_that_hold_those_of_another_feature_are_left_out() -> None:
    parts = feature("some large amounts", 0.5), feature("large amounts", 0.2), feature("weekends", 0.1)
    assert evidence_phrase(evidence(*parts, semantic=0.0)) == "large amounts, weekends"


def test_texts_far_weaker_than_the_strongest_are_left_out() -> None:
    parts = items("milk", contribution=0.4), items("rye", contribution=0.1), items("tent", contribution=0.09)
    assert evidence_phrase(evidence(*parts)) == "bought “milk” and “rye” (2 items at once)"


def test_no_evidence_is_no_phrase() -> None:
    assert evidence_phrase(Evidence()) == actions_phrase([]) == ""
