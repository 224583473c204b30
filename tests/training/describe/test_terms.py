"""Tokens of any script, and class-based TF-IDF by examples worked by hand."""

from __future__ import annotations

from math import log

import pytest

from stream.training.describe.terms import mentions, scores, tokens, top_terms


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("  -- !? ", []),
        ("Red SHOES, red_shoes", ["red", "shoes", "red", "shoes"]),
        ("a 7 42 7up 4k", ["7up", "4k"]),
        ("Größe ÉCOLE", ["größe", "école"]),
        ("cafe\u0301", ["café"]),
        ("ＳＡＬＥ", ["sale"]),
        ("हिन्दी किताब", ["हिन्दी", "किताब"]),
        ("운동화 추천", ["운동화", "추천"]),
        ("买", []),
        ("跑步", ["跑步"]),
        ("运动鞋", ["运动鞋", "运动", "动鞋"]),
        ("买了一双红鞋", ["买了", "了一", "一双", "双红", "红鞋"]),
        ("nike运动", ["nike", "运动"]),
        ("スニーカー", ["スニ", "ニー", "ーカ", "カー"]),
        ("x" * 41, []),
    ],
)
def test_tokens_of_any_script(text: str, words: list[str]) -> None:
    assert tokens(text) == words


def test_a_profile_mentions_a_repeated_term_once() -> None:
    assert mentions([("milk milk", "milk"), ("milk bread",), ()]) == {"milk": 2, "bread": 1}


def test_class_based_tf_idf_of_an_example_worked_by_hand() -> None:
    # classes of 6 and 4 words: A = 5; f(milk) = 5, f(bread) = 3, f(beer) = 2
    dairy, bar = scores([{"milk": 4, "bread": 2}, {"milk": 1, "bread": 1, "beer": 2}])
    assert dairy == pytest.approx({"milk": 4 * log(1 + 5 / 5), "bread": 2 * log(1 + 5 / 3)})
    assert bar == pytest.approx({"milk": log(2), "bread": log(1 + 5 / 3), "beer": 2 * log(1 + 5 / 2)})


def test_words_common_to_all_classes_come_last() -> None:
    first, second = top_terms([{"the": 90, "milk": 30, "cheese": 20}, {"the": 90, "beer": 30, "wine": 20}], 3)
    assert first == ("milk", "cheese", "the")
    assert second == ("beer", "wine", "the")


def test_a_term_of_too_few_profiles_is_not_published() -> None:
    assert top_terms([{"milk": 3, "+8613800000000": 2.9}], 10) == [("milk",)]


def test_of_equal_scores_the_longer_term_precedes_then_the_alphabet() -> None:
    assert top_terms([{"bb": 3, "aa": 3, "ccc": 3}], 2) == [("ccc", "aa")]


def test_a_chinese_word_is_listed_without_its_pieces() -> None:
    shoes = dict.fromkeys(tokens("运动鞋"), 5.0)
    assert top_terms([shoes | {"跑步": 4.0}], 10) == [("运动鞋", "跑步")]


def test_no_classes_and_empty_classes_have_no_terms() -> None:
    assert top_terms([], 3) == []
    assert top_terms([{}, {}], 3) == [(), ()]
