"""Checks of names, by hand."""

from __future__ import annotations

import pytest

from bench.meaning.name_figures import NameFigures, name_figures
from bench.meaning.readable_names import (
    common_words,
    content_words,
    indistinct_pairs,
    names_with_common_words,
    picked_groups,
    short_names,
    words_of,
)
from bench.meaning.segment_rows import SegmentRow

GROUPS = {"banking": ["pay my bill", "what is my balance"], "cooking": ["a recipe for soup", "cook rice"]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("What's MY carry-on - or balance?", ["what's", "my", "carry-on", "or", "balance"]),
        ("Straße, Käse_brot", ["strasse", "käse", "brot"]),
        ("我要婴儿食品 abc", ["我要", "要婴", "婴儿", "儿食", "食品", "abc"]),
        ("茶 12 OZ", ["茶", "12", "oz"]),
        ("", []),
    ],
)
def test_words_of_a_text(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_a_common_word_is_said_by_more_than_half_of_the_users() -> None:
    windows = [["pay my bill", "my my"], ["my card"], ["pay now"], ["soup"]]
    assert common_words(windows) == frozenset()  # "my" and "pay" are said by two of four
    assert common_words(windows[:3]) == {"my", "pay"}


def test_content_words_are_neither_common_nor_stop_words_nor_numbers_nor_letters() -> None:
    assert content_words("of the 12 OZ soft drinks, a", common={"oz"}) == {"soft", "drinks"}
    assert content_words("茶", common=()) == {"茶"}
    assert content_words("what's a carry-on", common={"on"}) == {"carry-on"}


def test_faulty_names_are_found() -> None:
    names = ["my bill, balance", "the recipe", "recipe, soup", "soup, recipe"]
    assert names_with_common_words(names, {"my"}) == ["my bill, balance"]
    assert short_names(names, {"my"}) == ["the recipe"]
    assert indistinct_pairs(names, {"my"}) == [
        ("the recipe", "recipe, soup"),
        ("the recipe", "soup, recipe"),
        ("recipe, soup", "soup, recipe"),
    ]


def test_names_that_share_a_word_and_differ_in_others_are_distinct() -> None:
    assert indistinct_pairs(["pay bill", "pay card"], common=()) == []


def test_a_reader_picks_the_group_whose_words_a_name_has() -> None:
    said = {"s-1": "bill, balance", "s-2": "soup", "s-3": "weather"}
    assert picked_groups(said, GROUPS) == {"s-1": "banking", "s-2": "cooking", "s-3": ""}
    assert picked_groups({}, GROUPS) == picked_groups(said, {}) == {}


def row(segment: str, n_users: int, group: str, of_group: float, name: str) -> SegmentRow:
    return SegmentRow("interests", "0", segment, n_users, group, of_group, name, "", "")


def test_a_group_is_read_by_the_largest_segment_that_is_mostly_its_own() -> None:
    rows = [
        row("s-1", 50, "banking", 0.9, "bill, balance"),
        row("s-2", 40, "cooking", 0.9, "balance, bill"),  # leads a reader to banking
        row("s-3", 30, "cooking", 0.9, "soup, recipe"),
        row("s-4", 20, "banking", 0.5, "my"),  # not mostly its own
    ]
    windows = {"a": ["pay my bill"], "b": ["my card"], "c": ["soup"]}
    assert name_figures(rows, windows, GROUPS) == NameFigures(
        n_names=4,
        common=("my",),
        short=("my",),
        alike=(("bill, balance", "balance, bill"), *((name, "my") for name in [row.name for row in rows[:3]])),
        n_read=1,
        n_groups=2,
    )
