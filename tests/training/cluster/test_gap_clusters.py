"""Clusters divided by gaps, where they are known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from stream.core.arrays import Floats
from stream.training.cluster.gap_clusters import gap_clusters
from stream.training.cluster.kmeans import kmeans_labels

N_MIN = 10


def planted(sizes: tuple[int, ...], separation: float, seed: int, dims: int = 40) -> tuple[Floats, list[int]]:
    """Return clusters of these sizes and spread 1 around rays from the origin, in random order, and their labels.

    The middles of two clusters are `separation` apart; users lie at a third to five thirds of the way to the middle.
    """
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    along = rng.uniform(1 / 3, 5 / 3, (len(truth), 1))
    return np.eye(dims)[truth] * along * separation / np.sqrt(2) + rng.normal(0, 1, (len(truth), dims)), truth.tolist()


@pytest.mark.parametrize("seed", range(4))
def test_clusters_of_very_unequal_sizes_are_found_where_k_means_with_the_right_k_fails(seed: int) -> None:
    x, truth = planted((600, 200, 60, 40, 30, 20), 14.0, seed)
    found = gap_clusters(x, np.ones(len(x)), N_MIN, 24, seed)
    assert adjusted_rand_score(truth, found) > 0.95
    assert adjusted_rand_score(truth, kmeans_labels(x, np.ones(len(x)), 6, seed)) < 0.6


@pytest.mark.parametrize("n_max", [1, 4, 24])
def test_without_gaps_all_rows_are_one_cluster(n_max: int) -> None:
    for seed in range(3):
        x, _ = planted((900,), 0.0, seed)
        assert set(gap_clusters(x, np.ones(len(x)), N_MIN, n_max, seed).tolist()) == {0}


def test_no_cluster_has_fewer_than_n_min_rows() -> None:
    x, _ = planted((300, 100, 9, 5, 3), 12.0, 0)
    counts = np.unique_counts(gap_clusters(x, np.ones(len(x)), N_MIN, 24, 0)).counts
    assert sorted(counts.tolist())[-2:] == [100, 300] or min(counts) >= N_MIN
    assert min(counts) >= N_MIN
    assert counts.sum() == len(x)


@pytest.mark.parametrize("n", [1, 2, 15])
def test_too_few_users_are_one_cluster(n: int) -> None:
    assert set(gap_clusters(np.eye(20)[:n], np.ones(n), N_MIN, 24, 0).tolist()) == {0}


def test_two_clusters_of_identical_users_are_two() -> None:
    x = np.repeat(np.eye(3)[:2], 60, axis=0)
    assert np.unique_counts(gap_clusters(x, np.ones(120), N_MIN, 24, 0)).counts.tolist() == [60, 60]
