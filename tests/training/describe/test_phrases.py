"""Typical phrases: distinctive, typical, diverse, and no chance finds."""

from __future__ import annotations

from collections.abc import Sequence
from math import log, log2

import numpy as np
import pytest

from stream.core.description import Phrase
from stream.training.describe.common_words import common_words
from stream.training.describe.corpus import build_corpus
from stream.training.describe.grams import find_grams
from stream.training.describe.phrases import N_PHRASES, coverage_of_others, evidence, score_grams, typical_phrases
from stream.training.describe.similar_words import share_words
from stream.training.describe.spelling import spelling_of
from tests.training.describe.shop_texts import CHINESE, ENGLISH, GERMAN, people


def phrases_of(segments: Sequence[Sequence[tuple[str, ...]]]) -> list[tuple[Phrase, ...]]:
    """Return the phrases of segments of equal size."""
    corpus, shares = build_corpus(segments), np.full(len(segments), 1 / len(segments))
    grams = find_grams(corpus, common_words(corpus, shares))
    scores = score_grams(corpus, grams, shares)
    return [typical_phrases(corpus, grams, scores, at, spelling_of(corpus.stream)) for at in range(len(segments))]


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        (ENGLISH, [{"baby food", "diapers"}, {"lawn mower", "garden hose", "seeds"}, {"iPhone case", "charger"}]),
        (GERMAN, [{"Rasenmäher", "Gartenschlauch"}, {"Bratpfanne", "Kochtopf"}, {"Drucker", "Kugelschreiber"}]),
        (CHINESE, [{"运动鞋", "瑜伽垫"}, {"电饭锅", "不粘锅"}, {"纸尿裤", "婴儿奶粉"}]),
    ],
    ids=["English", "German", "Chinese"],
)
def test_real_words_in_their_own_spelling_describe_each_group(
    groups: dict[str, tuple[str, ...]], expected: list[set[str]]
) -> None:
    for seed in range(3):
        for found, words in zip(phrases_of(people(groups, seed=seed)), expected, strict=True):
            assert words <= {phrase.text for phrase in found}


def test_phrases_fall_in_score_by_and_large_and_share_no_word() -> None:
    for found in phrases_of(people(ENGLISH)):
        assert found[0].score == max(phrase.score for phrase in found)
        assert len(found) <= N_PHRASES
        for at, phrase in enumerate(found):
            assert not any(share_words(phrase.text.split(), other.text.split()) for other in found[:at])


def test_people_of_no_group_have_no_phrases() -> None:
    anything = {"all": tuple(text for texts in ENGLISH.values() for text in texts)}
    for seed in range(5):
        (crowd,) = people(anything, n=180, seed=seed)
        assert phrases_of([crowd[:60], crowd[60:120], crowd[120:]]) == [(), (), ()]


def test_the_score_of_an_example_worked_by_hand() -> None:
    # milk: 16 of 20 users here, 2 of 20 there, so both "all others" and "the other with most" are 0.1; two texts
    here = [("milk", "fresh milk")] * 16 + [("bread",)] * 4
    corpus = build_corpus([here, [("milk",)] * 2 + [("tea",)] * 18])
    grams = find_grams(corpus, np.zeros(len(corpus.stream.keys), np.bool_))
    scores = score_grams(corpus, grams, np.array([0.5, 0.5]))
    at = grams.words.index((corpus.stream.keys.index("milk"),))
    quality, lift = (1 - 1 / 2) * 2 / 3, (0.8 + 0.025) / (0.1 + 0.025 + 0.002)
    assert grams.quality[at] == pytest.approx(quality)
    assert scores.coverage[:, at].tolist() == [0.8, 0.1]
    assert scores.score[:, at] == pytest.approx([0.8 * log2(lift) * quality, 0.0])
    expected = 18 * (16 / 18 * log(16 / 9) + 2 / 18 * log(2 / 9))  # 16 of 18, where chance has 9
    assert evidence(grams.users, corpus.n_sampled)[0, at] == pytest.approx(expected)


def test_evidence_bounds_the_tail_of_a_binomial_count() -> None:
    drawn = np.random.default_rng(0).binomial(30, 0.25, 200_000)
    for found in (12, 14, 16):
        bound = evidence(np.array([[found], [30.0 - found]]), np.array([25.0, 75.0]))
        assert np.mean(drawn >= found) <= np.exp(-bound[0, 0])
    few = evidence(np.array([[2.0, 0.0], [28.0, 0.0]]), np.array([25.0, 75.0]))
    assert few[0].tolist() == [0.0, 0.0]  # fewer than chance has, and nobody at all


def test_others_are_all_other_users_and_the_segment_that_says_it_most() -> None:
    rest, most = coverage_of_others(np.array([[0.9, 0.0], [0.3, 0.5], [0.6, 0.1]]), np.array([0.5, 0.25, 0.25]))
    np.testing.assert_allclose(rest, [[0.45, 0.3], [0.8, 0.1 / 3], [0.7, 0.5 / 3]])
    assert most.tolist() == [[0.6, 0.5], [0.9, 0.1], [0.9, 0.5]]
    alone = coverage_of_others(np.array([[0.9]]), np.array([1.0]))
    assert [each.tolist() for each in alone] == [[[0.0]], [[0.0]]]


def test_the_users_of_a_phrase_already_chosen_count_less() -> None:
    # coin and heads are of the same users, dice of others; heads alone would precede dice
    flips = [("coin", "a coin", "heads", "a heads")] * 11 + [("dice", "a dice")] * 9
    found, _ = phrases_of([flips, [("tea", "a tea")] * 20])
    assert [phrase.text for phrase in found] == ["coin", "dice", "heads"]
