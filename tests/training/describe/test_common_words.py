"""Common words are recognised from the texts, in any language."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from stream.training.describe.common_words import common_words, evenness
from stream.training.describe.corpus import build_corpus
from tests.training.describe.shop_texts import CHINESE, ENGLISH, GERMAN, people


def common(segments: Sequence[Sequence[tuple[str, ...]]]) -> set[str]:
    """Return the common words of segments of equal size."""
    corpus = build_corpus(segments)
    found = common_words(corpus, np.full(len(segments), 1 / len(segments)))
    return {key for key, is_common in zip(corpus.stream.keys, found.tolist(), strict=True) if is_common}


@pytest.mark.parametrize(
    ("groups", "words", "others"),
    [
        (ENGLISH, {"the", "a", "is", "with", "for", "i", "do", "you"}, {"baby", "diapers", "lawn", "mower", "charger"}),
        (GERMAN, {"der", "die", "für", "mit", "ich", "suche", "was", "kostet"}, {"rasenmäher", "kochtopf", "drucker"}),
        (CHINESE, {"多少钱", "的"}, {"运动鞋", "瑜伽垫", "电饭锅", "纸尿裤"}),
    ],
    ids=["English", "German", "Chinese"],
)
def test_words_of_every_group_are_common_and_those_of_one_are_not(
    groups: dict[str, tuple[str, ...]], words: set[str], others: set[str]
) -> None:
    found = common(people(groups))
    assert words <= found
    assert not others & found


def test_a_word_of_more_than_half_of_all_people_is_common_however_uneven() -> None:
    buyers = [("milk",)] * 8 + [("bread",)] * 2
    assert "milk" in common([buyers, [("milk",)] * 3 + [("tea",)] * 7])
    assert "milk" not in common([buyers, [("tea",)] * 10])


def test_a_hyphenated_word_is_as_common_as_its_parts() -> None:
    travellers, others = [("on a carry-on", "t-shirt")] * 9, [("on the roof",)] * 9
    found = common([travellers, others, [("on my way",)] * 9])
    assert "carry-on" in found
    assert "t-shirt" not in found


def test_a_full_sample_stands_for_a_longer_window() -> None:
    # 35 % of all people say it in eight texts, and more than half of them would in twenty
    say = tuple(f"thing {n}" for n in "abcdefg")
    assert "milk" in common([[(*say, "milk")] * 6 + [(*say, "tea")] * 4, [(*say, "milk")] + [(*say, "tea")] * 9])
    assert "milk" not in common([[("milk",)] * 6 + [("tea",)] * 4, [("milk",)] + [("tea",)] * 9])


def test_a_listed_word_that_behaves_as_a_noun_is_not_common() -> None:
    payers = [("pay my bill", "a late bill", "who sent the bill")] * 8
    others = [("call my friend", "a late friend", "who is the friend")] * 8
    found = common([payers, others, [("buy my lunch", "a late lunch", "who has the lunch")] * 8])
    assert "bill" not in found
    assert {"my", "who", "a", "the"} <= found


def test_single_letters_and_elided_articles_are_common() -> None:
    found = common([[("l'eau b",)] * 4, [("riz",)] * 4, [("pain",)] * 4])
    assert {"l'", "b"} <= found
    assert not {"eau", "riz"} & found


def test_evenness_is_the_middle_of_the_other_segments_by_the_highest() -> None:
    rates = np.array([[0.8, 0.5, 0.0], [0.2, 0.5, 0.0], [0.4, 0.5, 0.0], [0.1, 0.5, 0.0]])
    assert evenness(rates).tolist() == [0.25, 1.0, 0.0]
    assert evenness(rates[:1]).tolist() == [0.0, 0.0, 0.0]


def test_no_words_are_no_common_words() -> None:
    assert common([[], []]) == set()
