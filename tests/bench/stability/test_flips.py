"""Moves, flips and returns against examples worked by hand."""

from __future__ import annotations

import pytest

from bench.stability.flips import Flips, Span, flips
from stream.core.policy import DAY_MS
from tests.bench.stability.timelines import SPAN, timeline


def counts(*stays: tuple[float, str], span: Span = SPAN) -> tuple[int, int, int]:
    found = flips([timeline(*stays)], span)
    return found.n_moves, found.n_flips, found.n_returns


@pytest.mark.parametrize(
    ("stays", "expected"),
    [
        pytest.param([(0, "A")], (0, 0, 0), id="a first answer is no move"),
        pytest.param([(0, "A"), (1, "B")], (1, 0, 0), id="a move"),
        pytest.param([(0, "A"), (1, "B"), (7.99, "A")], (2, 1, 1), id="back within a week"),
        pytest.param([(0, "A"), (1, "B"), (8, "A")], (2, 0, 0), id="back after exactly a week"),
        pytest.param([(0, "A"), (1, "B"), (2, "C"), (3, "A")], (3, 0, 1), id="back by another way"),
        pytest.param([(0, "A"), (1, "B"), (6, "C"), (9, "A")], (3, 0, 0), id="by another way, too late"),
        pytest.param([(0, "A"), (1, "B"), (2, "C"), (3, "B")], (3, 1, 1), id="only the last move is taken back"),
        pytest.param([(0, "A"), (1, "unknown"), (2, "A")], (2, 1, 1), id="unknown is an answer"),
        pytest.param([(0, "A"), (1, "inactive"), (2, "A")], (0, 0, 0), id="inactive is none"),
        pytest.param([(0, "A"), (1, "B"), (2, "inactive"), (3, "A")], (1, 0, 0), id="inactive in between"),
        pytest.param([(0, "A"), (1, "B"), (2, "A"), (20, "B"), (21, "A")], (4, 2, 2), id="left again, later"),
    ],
)
def test_a_flip_takes_the_last_move_back_within_a_week(
    stays: list[tuple[float, str]], expected: tuple[int, int, int]
) -> None:
    assert counts(*stays) == expected


@pytest.mark.parametrize("n_changes", [1, 2, 3, 10])
def test_an_alternating_user_flips_with_every_move_but_the_first(n_changes: int) -> None:
    stays = [(at, "AB"[at % 2]) for at in range(n_changes)]
    n_moves = n_changes - 1
    assert counts(*stays) == (n_moves, max(n_moves - 1, 0), max(n_moves - 1, 0))


def test_moves_before_the_span_are_known_and_not_counted() -> None:
    stays = [(0.0, "A"), (9.0, "B"), (11.0, "A"), (13.0, "B"), (30.0, "A")]
    assert counts(*stays, span=Span(10 * DAY_MS, 30 * DAY_MS)) == (2, 2, 2)


def test_user_days_count_while_there_is_an_answer_and_users_add_up() -> None:
    ann = timeline((2, "A"), (5, "inactive"), (9, "unknown"))  # 3 days, then from day 9 to the end
    bob = timeline((0, "A"), (20, "B"))  # all days
    span = Span(4 * DAY_MS, 12 * DAY_MS)
    assert flips([ann, bob, []], span) == Flips(0, 0, 0, (1 + 3) + 8)
