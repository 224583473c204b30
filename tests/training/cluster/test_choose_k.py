"""The number of clusters where it is known."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from stream.core.arrays import Floats
from stream.training.cluster.choose_k import choose_k
from stream.training.values.policy import Criterion


def blobs(k: int, seed: int, n: int = 240, spread: float = 0.1) -> Floats:
    """Return k round clusters on orthogonal axes."""
    rng = np.random.default_rng(seed)
    return np.eye(12)[np.arange(n) % k] + rng.normal(0, spread, (n, 12))


@pytest.mark.parametrize("criterion", get_args(Criterion))
@pytest.mark.parametrize("k", [3, 5, 8])
def test_each_criterion_finds_the_planted_number_of_clusters(criterion: str, k: int) -> None:
    for seed in range(2):
        assert choose_k(blobs(k, seed), np.ones(240), 10, criterion, seed) == k


@pytest.mark.parametrize("criterion", ["silhouette", "davies-bouldin"])
def test_two_clusters_are_found_at_the_edge_of_the_range(criterion: str) -> None:
    assert choose_k(blobs(2, 0), np.ones(240), 6, criterion, 0) == 2


@pytest.mark.parametrize("criterion", get_args(Criterion))
def test_k_is_at_most_n_max(criterion: str) -> None:
    assert choose_k(blobs(8, 0), np.ones(240), 2, criterion, 0) == 2


@pytest.mark.parametrize("criterion", get_args(Criterion))
@pytest.mark.parametrize("distinct", [1, 2, 3, 4])
def test_k_is_at_most_the_number_of_distinct_profiles(criterion: str, distinct: int) -> None:
    x = np.repeat(np.eye(4)[:distinct], 5, axis=0)
    found = choose_k(x, np.ones(len(x)), 10, criterion, 0)
    assert found == distinct if distinct < 3 else 2 <= found < distinct


def test_profiles_that_differ_by_rounding_are_one() -> None:
    x = np.ones((30, 4)) + np.random.default_rng(0).normal(0, 1e-8, (30, 4))
    assert choose_k(x, np.ones(30), 6, "silhouette", 0) == 1


def test_the_elbow_of_an_example_worked_by_hand() -> None:
    #  clusters at 0, 100 and 110 of two users each, 2 apart; J by k, each of the best fit
    #  k   2: {0 2} {100 102 110 112}: (2 + 104) / 6   3: 1   4: (1 + 1 + 0) * 2 / 6   5: 1/3
    #  the line from k = 2 to 5 falls by 5.8 a step; below it k = 3 is 10.8, k = 4 is 5.7
    x = np.array([[0.0], [2.0], [100.0], [102.0], [110.0], [112.0]])
    assert choose_k(x, np.ones(6), 5, "elbow", 0) == 3
