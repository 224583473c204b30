"""Ashman's D against its formula, and that it does not see groups where there are none."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
import pytest

from stream.core.arrays import Floats
from stream.training.cluster.bimodality import SPLIT, halves, separation


def normal(n: int, dims: int, seed: int, along: float = 0.0) -> Floats:
    """A round group of spread 1, `along` the first axis."""
    x = np.random.default_rng(seed).normal(size=(n, dims))
    x[:, 0] += along
    return x


@pytest.mark.parametrize("apart", [2.0, 4.0, 8.0])
@pytest.mark.parametrize("dims", [1, 2, 20])
def test_d_of_two_normals_is_the_distance_of_their_means_in_spreads(apart: float, dims: int) -> None:
    assert separation(normal(4000, dims, 1), normal(4000, dims, 2, apart)) == pytest.approx(apart, rel=0.05)


def test_unequal_spreads_count_by_their_root_mean_square() -> None:
    narrow, wide = normal(4000, 3, 1), 3 * normal(4000, 3, 2) + np.array([10.0, 0.0, 0.0])
    assert separation(narrow, wide) == pytest.approx(10 / sqrt((1 + 9) / 2), rel=0.05)


def test_d_by_hand() -> None:
    #  rows of a    0 0 2 2 0 0 2 2    either half of them 0 2 0 2: mean 1, spread 1; b is the same plus 6
    a = np.array([[0.0], [0.0], [2.0], [2.0]] * 2)
    assert separation(a, a + 6) == pytest.approx(6.0)


def test_the_cut_of_one_normal_in_the_middle_has_the_known_d() -> None:
    #  halves of a normal: means +-sqrt(2 / pi), variance 1 - 2 / pi
    x = normal(20_000, 1, 3)
    assert halves(x, 0)[0] == pytest.approx(2 * sqrt(2 / pi) / sqrt(1 - 2 / pi), rel=0.02)


def test_the_cut_of_an_even_one_has_the_root_of_twelve() -> None:
    assert halves(np.random.default_rng(0).uniform(size=(20_000, 1)), 0)[0] == pytest.approx(sqrt(12), rel=0.02)


@pytest.mark.parametrize("n", [20, 60, 200])
@pytest.mark.parametrize("dims", [11, 145])
def test_one_group_in_many_dimensions_is_never_two(n: int, dims: int) -> None:
    for seed in range(8):
        d, labels = halves(normal(n, dims, seed), seed)
        assert d < SPLIT
        assert labels.shape == (n,)


@pytest.mark.parametrize("dims", [11, 145])
def test_two_groups_are_two_and_everybody_is_in_the_right_one(dims: int) -> None:
    for seed in range(8):
        x = np.concatenate([normal(60, dims, seed), normal(40, dims, seed + 100, 12.0)])
        truth = np.arange(100) >= 60
        order = np.random.default_rng(seed).permutation(100)
        d, labels = halves(x[order], seed)
        assert d > SPLIT
        assert len({(a, b) for a, b in zip(truth[order].tolist(), labels.tolist(), strict=True)}) == 2


def test_too_few_members_say_nothing() -> None:
    few, many = normal(7, 3, 1), normal(8, 3, 2, 100.0)
    assert (separation(few, many), separation(many, few)) == (0.0, 0.0)
    assert separation(many, many + 50) > SPLIT
    assert halves(np.concatenate([few, few + 50])[:13], 0)[0] == 0.0


def test_a_few_far_away_are_no_half() -> None:
    x = np.concatenate([normal(94, 3, 1), normal(6, 3, 2, 100.0)])  # three of them in each half of the rows
    assert halves(x, 0)[0] == 0.0


def test_groups_without_any_spread_are_endlessly_apart_or_the_same() -> None:
    point = np.ones((10, 2))
    assert separation(point, point + 1) == float("inf")
    assert separation(point, point) == 0.0
