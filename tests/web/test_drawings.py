"""Drawings are in proportion to their numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.web.drawings import N_SHADES, bar, shade, sparkline


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=40))
def test_a_sparkline_has_a_point_for_each_number_and_stays_inside(numbers: list[int]) -> None:
    points = [tuple(map(float, point.split(","))) for point in sparkline(numbers, 100, 20).split()]
    assert len(points) == len(numbers)
    assert all(0 <= x <= 100.1 and 0 <= y <= 20 for x, y in points)


def test_one_number_is_no_line() -> None:
    assert [sparkline([]), sparkline([3])] == ["", ""]


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_more_is_never_shaded_less(first: int, second: int) -> None:
    low, high = sorted((first, second))
    assert 1 <= shade(low, high) <= shade(high, high) == N_SHADES


@pytest.mark.parametrize(("number", "left", "width"), [(0, 50, 0), (2, 50, 50), (-1, 25, 25), (-7, 0, 50)])
def test_a_bar_begins_at_the_middle(number: float, left: float, width: float) -> None:
    assert bar(number, 2) == (left, width)
