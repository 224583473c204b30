"""Ashman's D against its formula, and its blindness to clusters that are not there."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
import pytest

from stream.core.arrays import Floats
from stream.training.cluster.bimodality import MEMBERS_MIN, SPLIT_MIN, SPREAD_MIN, ashman_d, bisect


def normal(n: int, dims: int, seed: int, along: float = 0.0) -> Floats:
    """Return a round cluster of spread 1, shifted `along` the first axis."""
    x = np.random.default_rng(seed).normal(size=(n, dims))
    x[:, 0] += along
    return x


@pytest.mark.parametrize("apart", [2.0, 4.0, 8.0])
@pytest.mark.parametrize("dims", [1, 2, 20])
def test_d_of_two_normals_is_the_distance_of_their_means_in_units_of_spread(apart: float, dims: int) -> None:
    assert ashman_d(normal(4000, dims, 1), normal(4000, dims, 2, apart)) == pytest.approx(apart, rel=0.05)


def test_unequal_spreads_count_by_their_root_mean_square() -> None:
    narrow, wide = normal(4000, 3, 1), 3 * normal(4000, 3, 2) + np.array([10.0, 0.0, 0.0])
    assert ashman_d(narrow, wide) == pytest.approx(10 / sqrt((1 + 9) / 2), rel=0.05)


def test_d_of_an_example_worked_by_hand() -> None:
    #  rows of a    0 0 2 2 0 0 2 2    either half of them 0 2 0 2: mean 1, spread 1; b is the same plus 6
    a = np.array([[0.0], [0.0], [2.0], [2.0]] * 2)
    assert ashman_d(a, a + 6) == pytest.approx(6.0)


def test_halves_of_a_normal_have_the_d_of_the_half_normal_distribution() -> None:
    #  halves of a normal: means +-sqrt(2 / pi), variance 1 - 2 / pi
    x = normal(20_000, 1, 3)
    assert bisect(x, 0).d == pytest.approx(2 * sqrt(2 / pi) / sqrt(1 - 2 / pi), rel=0.02)


def test_halves_of_a_uniform_have_the_root_of_twelve() -> None:
    assert bisect(np.random.default_rng(0).uniform(size=(20_000, 1)), 0).d == pytest.approx(sqrt(12), rel=0.02)


@pytest.mark.parametrize("n", [20, 60, 200])
@pytest.mark.parametrize("dims", [11, 145])
def test_one_cluster_in_many_dimensions_is_not_two(n: int, dims: int) -> None:
    for seed in range(8):
        cut = bisect(normal(n, dims, seed), seed)
        assert cut.d < SPLIT_MIN
        assert cut.labels.shape == (n,)


@pytest.mark.parametrize("dims", [11, 145])
def test_two_clusters_are_two_and_every_row_is_in_the_right_one(dims: int) -> None:
    for seed in range(8):
        x = np.concatenate([normal(60, dims, seed), normal(40, dims, seed + 100, 12.0)])
        truth = np.arange(100) >= 60
        order = np.random.default_rng(seed).permutation(100)
        cut = bisect(x[order], seed)
        assert cut.d > SPLIT_MIN
        assert len({*zip(truth[order].tolist(), cut.labels.tolist(), strict=True)}) == 2


def test_too_few_members_have_no_d() -> None:
    few, many = normal(7, 3, 1), normal(8, 3, 2, 100.0)
    assert (ashman_d(few, many), ashman_d(many, few)) == (0.0, 0.0)
    assert ashman_d(many, many + 50) > SPLIT_MIN
    assert bisect(np.concatenate([few, few + 50])[:13], 0).d == 0.0
    assert (len(few), len(many)) == (MEMBERS_MIN - 1, MEMBERS_MIN)


def test_a_few_outliers_are_no_part() -> None:
    x = np.concatenate([normal(94, 3, 1), normal(6, 3, 2, 100.0)])  # three of them in each half of the rows
    assert bisect(x, 0).d == 0.0


def test_clusters_without_spread_have_the_d_of_the_least_spread() -> None:
    point = np.ones((10, 2))
    assert ashman_d(point, point + 1) == pytest.approx(2**0.5 / SPREAD_MIN)
    assert ashman_d(point, point + 0.2) < SPLIT_MIN  # users who differ so little are one cluster
    assert ashman_d(point, point) == 0.0


@pytest.mark.parametrize("jitter", [0.0, 1e-9])
def test_equal_users_are_cut_nowhere_and_without_a_warning(jitter: float) -> None:
    rng = np.random.default_rng(0)
    equal = np.ones((40, 5)) / 3 + jitter * rng.choice([-1, 1], (40, 5))
    assert bisect(equal, seed=0).d < 0.01
    odd_one = np.concatenate([equal, 5 * equal[:1]])
    assert bisect(odd_one, seed=0).d == 0.0
