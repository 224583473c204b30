"""Forms of one word, and words that only look alike."""

from __future__ import annotations

import pytest

from stream.training.describe.similar_words import are_similar, share_words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("card", "card"),
        ("toy", "toys"),
        ("recipe", "recipes"),
        ("insure", "insurance"),
        ("kochtopf", "kochtöpfe"),
        ("audio-dateien", "audiodateien"),
        ("게임을", "게임"),
        ("게임을", "게임입니다"),
        ("运动鞋", "运动"),
        ("服务员", "服务态度"),
    ],
)
def test_forms_of_a_word_are_similar_either_way(one: str, other: str) -> None:
    assert are_similar(one, other)
    assert are_similar(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("card", "care"),
        ("pay", "car"),
        ("bill", "bank"),
        ("运动鞋", "电饭锅"),
        ("茶", "茶杯"),
        ("게임", "게시판"),
        ("a", "b"),
    ],
)
def test_other_words_are_not(one: str, other: str) -> None:
    assert not are_similar(one, other)


def test_lists_share_words_if_any_two_are_similar() -> None:
    assert share_words(["oil", "cars"], ["car"])
    assert not share_words(["oil"], ["car", "gas"])
    assert not share_words([], ["car"])
