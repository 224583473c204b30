"""How many groups gaps make of people, where it is known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from stream.core.arrays import Floats
from stream.training.cluster.gap_clusters import gap_labels
from stream.training.cluster.kmeans import fit_labels

N_MIN = 10


def groups(sizes: tuple[int, ...], separated_pairs: float, seed: int, dims: int = 40) -> tuple[Floats, list[int]]:
    """Groups of these sizes, in any order, of spread 1 round rays from the middle of all; the middles of two, halfway
    along them, are `apart`, and people are anywhere from a third to five thirds of the way."""
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    along = rng.uniform(1 / 3, 5 / 3, (len(truth), 1))
    return np.eye(dims)[truth] * along * separated_pairs / np.sqrt(2) + rng.normal(
        0, 1, (len(truth), dims)
    ), truth.tolist()


@pytest.mark.parametrize("seed", range(4))
def test_groups_of_very_unequal_sizes_are_found_where_k_means_with_the_right_number_fails(seed: int) -> None:
    x, truth = groups((600, 200, 60, 40, 30, 20), 14.0, seed)
    found = gap_labels(x, np.ones(len(x)), N_MIN, 24, seed)
    assert adjusted_rand_score(truth, found) > 0.95
    assert adjusted_rand_score(truth, fit_labels(x, np.ones(len(x)), 6, seed)) < 0.6


@pytest.mark.parametrize("n_max", [1, 4, 24])
def test_where_there_are_no_gaps_all_are_one(n_max: int) -> None:
    for seed in range(3):
        x, _ = groups((900,), 0.0, seed)
        assert set(gap_labels(x, np.ones(len(x)), N_MIN, n_max, seed).tolist()) == {0}


def test_nobody_is_in_a_group_of_fewer_than_the_fewest() -> None:
    x, _ = groups((300, 100, 9, 5, 3), 12.0, 0)
    counts = np.unique_counts(gap_labels(x, np.ones(len(x)), N_MIN, 24, 0)).counts
    assert sorted(counts.tolist())[-2:] == [100, 300] or min(counts) >= N_MIN
    assert min(counts) >= N_MIN
    assert counts.sum() == len(x)


@pytest.mark.parametrize("n", [1, 2, 15])
def test_too_few_people_are_one_group(n: int) -> None:
    assert set(gap_labels(np.eye(20)[:n], np.ones(n), N_MIN, 24, 0).tolist()) == {0}


def test_people_who_are_all_alike_within_two_groups_are_two() -> None:
    x = np.repeat(np.eye(3)[:2], 60, axis=0)
    assert np.unique_counts(gap_labels(x, np.ones(120), N_MIN, 24, 0)).counts.tolist() == [60, 60]
