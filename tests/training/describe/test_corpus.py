"""Who said what, by examples worked by hand and against naive counts."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stream.training.describe.corpus import build_corpus

WORDS = st.sampled_from(["milk", "bread", "MILK bread", "bread, milk", "tea"])
PEOPLE = st.lists(st.lists(st.lists(WORDS, max_size=4).map(tuple), max_size=6), min_size=1, max_size=3)


@given(PEOPLE)
def test_users_of_a_word_are_counted_once_each(people: list[list[tuple[str, ...]]]) -> None:
    corpus = build_corpus(people)
    keys = corpus.stream.keys
    users = (
        corpus.by_segment(corpus.by_user(corpus.stream.words, len(keys)) > 0) if keys else np.zeros((len(people), 0))
    )
    for at, members in enumerate(people):
        assert corpus.n_sampled[at] == sum(bool(texts) for texts in members)
        for column, key in enumerate(keys):
            assert users[at, column] == sum(any(key in text.lower() for text in texts) for texts in members)


def test_coverage_is_the_share_of_users_who_say_one_of_the_phrases() -> None:
    corpus = build_corpus([[("baby food",), ("food for a baby",), ("Diapers",)], [("baby foods", "diapers")], []])
    found = corpus.coverage([["baby food"], ["baby food", "diapers"], [], ["unheard of"]])
    assert found.tolist() == [[1 / 3, 2 / 3, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]


def test_coverage_does_not_depend_on_how_characters_join() -> None:
    few, many = [("运动鞋",)], [("运动鞋",)] * 3 + [(f"运动{'很' * n}鞋",) for n in range(1, 5)]
    assert build_corpus([few]).coverage([["运动鞋"]]).tolist() == [[1.0]]
    assert build_corpus([many]).coverage([["运动鞋"]]).tolist() == [[3 / 7]]


def test_no_users_and_no_texts_are_a_corpus() -> None:
    corpus = build_corpus([[], [()]])
    assert (corpus.texts, corpus.n_sampled.tolist()) == ([], [0, 0])
    assert corpus.coverage([["milk"]]).tolist() == [[0.0], [0.0]]
