"""Words of scripts without blanks: coherent characters join, others do not."""

from __future__ import annotations

import numpy as np

from stream.training.describe.corpus import build_corpus
from tests.training.describe.shop_texts import CHINESE


def words_of(texts: list[str]) -> list[str]:
    """Return the words of the texts after characters have joined, in order."""
    stream = build_corpus([[tuple(texts)]]).stream
    return [stream.keys[word] if word >= 0 else "/" for word in stream.words.tolist()]


def test_real_words_come_out_whole() -> None:
    found = set(words_of([text for texts in CHINESE.values() for text in texts]))
    assert {"运动鞋", "瑜伽垫", "电饭锅", "纸尿裤", "多少钱"} <= found


def test_characters_that_meet_by_chance_do_not_join() -> None:
    drawn = np.random.default_rng(0).choice(list("红蓝绿车花鞋"), (200, 9))
    assert all(len(word) == 1 for word in words_of(["".join(row) for row in drawn.tolist()]))


def test_a_short_piece_between_blanks_is_a_word() -> None:
    assert words_of(["运动鞋 跑步", "nike运动鞋", "买红鞋很好看"]) == [
        "运动鞋",
        "跑步",
        "/",
        "nike",
        "运动鞋",
        "/",
        *"买红鞋很好看",
        "/",
    ]


def test_joining_changes_neither_the_characters_nor_their_order() -> None:
    texts = [text for texts in CHINESE.values() for text in texts]
    assert "".join(words_of(texts)) == "/".join(texts) + "/"


def test_words_with_blanks_never_join() -> None:
    assert words_of(["red shoes"] + [f"red shoes {n}" for n in "abcdefgh"])[:2] == ["red", "shoes"]


def test_a_surface_follows_its_word() -> None:
    stream = build_corpus([[tuple(text for texts in CHINESE.values() for text in texts)]]).stream
    spelt = [str(surface) for surface in stream.surfaces]
    assert spelt == [stream.keys[word] if word >= 0 else "" for word in stream.words.tolist()]
    assert len(stream.texts) == len(stream.words)
