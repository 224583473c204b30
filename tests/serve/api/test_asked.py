"""Users and periods of a request are checked before the store is asked."""

from __future__ import annotations

import pytest

from stream.serve.api.asked import period, user_of
from stream.serve.problems import Problem, ProblemError


@pytest.mark.parametrize(("part", "user"), [("ann", "ann"), ("a%2Fb", "a/b"), ("\0", "\0"), ("x" * 256, "x" * 256)])
def test_a_part_of_the_path_is_a_user(part: str, user: str) -> None:
    assert user_of(part) == user


def test_a_longer_id_than_any_user_has_is_refused() -> None:
    with pytest.raises(ProblemError) as caught:
        user_of("x" * 257)
    assert caught.value.problem is Problem.BAD_REQUEST
    assert user_of("%2F" * 256) == "/" * 256


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
