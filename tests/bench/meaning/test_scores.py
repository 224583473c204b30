"""Scores of users against examples worked by hand; a timeline is a word of one character a day."""

from __future__ import annotations

import pytest
from sklearn.metrics import adjusted_rand_score

from bench.meaning.scores import DAY_USERS_MIN, Agreement, agreement, answers, large_segments, unknown
from tests.bench.meaning.timelines import timeline


def test_the_answer_is_the_last_segment_that_says_something() -> None:
    words = {"a": "..11", "b": "1122", "c": "11--", "d": "1?--", "e": "...."}
    assert answers({user: timeline(word) for user, word in words.items()}) == {
        "a": "1",
        "b": "2",
        "c": "1",
        "d": "unknown",
    }


def test_a_large_segment_has_one_user_in_a_hundred() -> None:
    said = ["1"] * 196 + ["2"] * 2 + ["3"] + ["unknown"]
    assert large_segments(said) == ["1", "2"]


def test_a_group_has_a_segment_of_its_own_if_most_of_a_segment_is_theirs() -> None:
    truth = list("aaaabbbbcc")
    said = ["1", "1", "1", "unknown", "1", "2", "2", "2", "3", "2"]  # 3 of 4 are a, 3 of 4 are b, the only one is c
    found = agreement(truth, said)
    assert found == Agreement(adjusted_rand_score(truth, said), found.nmi, 3, 3)
    assert agreement(["a", "b"], ["1", "1"]).n_owned == 0  # a half is not most


def test_perfect_answers_agree_with_the_truth() -> None:
    assert agreement(list("aabbcc"), list("223311")) == Agreement(1.0, 1.0, 3, 3)


def test_shares_of_unknown_users_by_hand() -> None:
    n = DAY_USERS_MIN
    words = {
        **{f"a{at}": "111" for at in range(n)},
        **{f"b{at}": ".?1" for at in range(n // 2)},
        **{f"c{at}": ".11" for at in range(n // 2)},
        "d": "..?",
    }
    found = unknown({user: timeline(word) for user, word in words.items()}, n_days=3)
    assert found.end == pytest.approx(1 / (2 * n + 1))
    assert found.worst_day == pytest.approx(1 / 4)  # n/2 of 2 n, on the second day
    assert found.fresh == pytest.approx((n // 2 + 1) / (2 * n + 1))
    assert found.worst_fresh_day == pytest.approx(1 / 2)  # on the second day; one user alone is no share


def test_too_few_users_have_no_worst_day() -> None:
    found = unknown({"a": timeline("1?")}, n_days=2)
    assert (found.worst_day, found.worst_fresh_day, found.end) == (None, None, 1.0)
