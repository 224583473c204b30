"""Users and periods of a request are checked before the store is asked."""

from __future__ import annotations

import pytest

from stream.serve.api.asked import checked_user, period, user_of
from stream.serve.problems import Problem, ProblemError


@pytest.mark.parametrize("user", ["ann", "7", "\0", "..", "x" * 256, " a ", "é"])
def test_an_id_that_a_user_can_have_is_taken(user: str) -> None:
    assert checked_user(user) == user


@pytest.mark.parametrize("user", ["", " ", "\t\n", "x" * 257])
def test_an_id_that_no_user_can_have_is_refused(user: str) -> None:
    with pytest.raises(ProblemError) as caught:
        checked_user(user)
    assert caught.value.problem is Problem.BAD_REQUEST


def test_the_part_of_a_path_is_decoded_first() -> None:
    assert user_of("a%2Fb") == "a/b"


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        (None, None, (900, 1_000)),
        (5, None, (5, 1_000)),
        (None, 500, (400, 500)),
        (None, 50, (0, 50)),
        (5, 5, (5, 5)),
    ],
)
def test_a_period_ends_at_the_newest_decision_unless_given(
    since: int | None, until: int | None, found: tuple[int, int]
) -> None:
    assert period(since, until, 1_000, 100) == found


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ProblemError):
        period(10, 9, 1_000, 100)
