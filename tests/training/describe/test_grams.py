"""Grams and their quality, by examples worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from stream.training.describe.corpus import Corpus, build_corpus
from stream.training.describe.grams import Grams, find_grams


def found(users: list[tuple[str, ...]], common: str = "") -> tuple[Corpus, dict[str, tuple[float, float]]]:
    """Return the grams of one segment by text, each with its users and its quality."""
    corpus = build_corpus([users])
    keys = corpus.stream.keys
    grams: Grams = find_grams(corpus, np.array([key in common.split() for key in keys], np.bool_))
    texts = [" ".join(keys[word] for word in words) for words in grams.words]
    return corpus, dict(zip(texts, zip(grams.users[0].tolist(), grams.quality.tolist(), strict=True), strict=True))


def test_grams_are_of_one_to_three_words_within_a_run_and_without_common_words() -> None:
    _, grams = found([("red baby food, the cup of tea",)] * 3, "the of")
    assert set(grams) == {"red", "baby", "food", "cup", "tea", "red baby", "baby food", "red baby food"}


def test_a_gram_needs_three_users_and_counts_once_a_user() -> None:
    _, grams = found([("milk", "MILK", "milk")] * 3 + [("tea",)] * 2)
    assert {text: users for text, (users, _) in grams.items()} == {"milk": 3.0}


def test_a_part_of_a_longer_phrase_has_less_quality() -> None:
    _, grams = found([("credit card", "my credit card", "a card", "a blue card")] * 3, "my a")
    # credit: two texts of two, always before card; card: four texts of four, in two after credit
    assert grams["credit"][1] == pytest.approx(0.0)
    assert grams["card"][1] == pytest.approx((1 - 2 / 4) * 4 / 5)
    assert grams["credit card"][1] == pytest.approx(1.3 * 2 / 3)


def test_a_word_that_opens_requests_has_less_quality() -> None:
    _, grams = found([("tell me", "tell the bank", "a bank")] * 3, "me the a")
    assert grams["tell"][1] == pytest.approx(0.0)
    assert grams["bank"][1] == pytest.approx(2 / 3)


def test_the_place_of_a_gram_is_where_its_words_stand() -> None:
    corpus = build_corpus([[("the red cup", "a red cup of tea")] * 3])
    keys = corpus.stream.keys
    grams = find_grams(corpus, np.array([key in {"the", "a", "of"} for key in keys], np.bool_))
    for place, words in zip(grams.places.tolist(), grams.words, strict=True):
        assert tuple(corpus.stream.words[place : place + len(words)].tolist()) == words


def test_users_of_a_gram_are_those_who_say_it() -> None:
    corpus = build_corpus([[("milk",), ("tea",), ("milk", "tea")], [("tea",)] * 3])
    grams = find_grams(corpus, np.zeros(len(corpus.stream.keys), np.bool_))
    assert [corpus.stream.keys[word] for (word,) in grams.words] == ["tea"]
    assert grams.by_user.toarray().T.tolist() == [[0, 1, 1, 1, 1, 1]]
    assert grams.users.tolist() == [[2.0], [3.0]]


def test_no_texts_have_no_grams() -> None:
    assert found([])[1] == {}
