"""Words of texts in any script, by examples."""

from __future__ import annotations

import pytest

from stream.training.describe.words import is_elided, is_unspaced, join_words, keys_of, runs


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("  -- !? ", []),
        ("Red SHOES, red_shoes", [["Red", "SHOES"], ["red", "shoes"]]),
        ("a set of 3 cups", [["a", "set", "of"], ["cups"]]),
        ("7up, 4k", [["7up"], ["4k"]]),
        ("don’t buy gluten-free", [["don't", "buy", "gluten-free"]]),
        ("l'eau d'images", [["l'", "eau", "d'", "images"]]),
        ("'kids'", [["kids'"]]),
        ("cafe\u0301", [["café"]]),
        ("ＳＡＬＥ", [["SALE"]]),
        ("हिन्दी किताब", [["हिन्दी", "किताब"]]),
        ("운동화 추천", [["운동화", "추천"]]),
        ("nike运动鞋", [["nike", "运", "动", "鞋"]]),
        ("スニーカーを買う", [["スニーカー", "を", "買", "う"]]),
        ("ภาษาดี", [["ภ", "า", "ษ", "า", "ดี"]]),
        ("x" * 41, []),
    ],
)
def test_words_of_any_script_by_run(text: str, words: list[list[str]]) -> None:
    assert [list(run.surfaces) for run in runs(text)] == words


def test_keys_are_the_same_for_capitals_and_small_letters() -> None:
    assert keys_of("iPhone CASE") == keys_of("IPHONE case") == ["iphone", "case"]
    assert keys_of("STRASSE") == keys_of("Straße")


def test_words_join_as_their_scripts_do() -> None:
    assert join_words(("baby", "food")) == "baby food"
    assert join_words(("l'", "eau", "froide")) == "l'eau froide"
    assert join_words(("运动鞋", "白色")) == "运动鞋白色"
    assert join_words(("nike", "运动鞋")) == "nike 运动鞋"
    assert join_words(()) == ""


def test_scripts_and_elided_articles_are_told_by_the_word() -> None:
    assert [is_unspaced(word) for word in ("鞋", "スニーカー", "ดี", "shoe", "운동화")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert [is_elided(word) for word in ("l'", "qu'", "kids'", "don't")] == [True, True, False, False]
