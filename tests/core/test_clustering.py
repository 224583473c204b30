from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from stream.core.features import Floats
from stream.core.training.clustering import MEMBERS_MIN, THRESHOLD_MIN, advance, held_out, start, thresholds


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """As in production; more threads only wait for each other on matrices this small."""
    with threadpool_limits(1):
        yield


def blobs(n: int, seed: int = 0, k: int = 4, spread: float = 0.1) -> tuple[Floats, NDArray[np.int64]]:
    """Points around k places of 20 dimensions, the j-th with j + 1 parts of them, and where each belongs."""
    rng = np.random.default_rng(seed)
    places = np.random.default_rng(99).normal(size=(k, 20))
    labels = rng.choice(k, n, p=np.arange(1, k + 1) / np.arange(1, k + 1).sum())
    return places[labels] + rng.normal(0, spread, (n, 20)), labels


def test_a_start_is_a_fixed_point_of_scikit_learns_k_means() -> None:
    x, _ = blobs(500, spread=1.0)
    centroids = start(x, 6, seed=3)
    again = KMeans(6, init=centroids, n_init=1).fit(x)
    np.testing.assert_allclose(again.cluster_centers_, centroids, atol=1e-12)


def test_a_start_recovers_planted_groups_largest_first() -> None:
    x, labels = blobs(500)
    centroids = start(x, 4, seed=0)
    found = ((x[:, None] - centroids) ** 2).sum(axis=2).argmin(axis=1)
    assert adjusted_rand_score(labels, found) == 1.0
    assert np.bincount(found).tolist() == sorted(np.bincount(labels).tolist(), reverse=True)


def test_equal_sizes_are_ordered_by_their_first_member() -> None:
    x = np.array([[5.0], [1.0], [3.0], [1.0], [3.0], [5.0]])
    assert start(x, 3, seed=0).tolist() == [[5.0], [1.0], [3.0]]


@pytest.mark.parametrize(("n_segments", "k"), [(5, 3), (3, 3), (2, 2), (1, 1)])
def test_there_are_never_more_segments_than_distinct_profiles(n_segments: int, k: int) -> None:
    x = np.array([[0.0, 0.0], [0.0, 1e-9], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert len(start(x, n_segments, seed=0)) == k


def test_advancing_from_values_equals_scikit_learns_continuous_partial_fit_at_every_prefix() -> None:
    x, _ = blobs(400, spread=1.0)
    centroids, counts = start(x, 5, seed=1), np.zeros(5)
    continuous = MiniBatchKMeans(5, init=centroids, n_init=1, reassignment_ratio=0, random_state=7)
    for seed in range(12):
        batch, _ = blobs(150, seed=seed, spread=1.0)
        continuous.partial_fit(batch)
        centroids, counts = advance(centroids, counts, batch)
        assert centroids.tobytes() == continuous.cluster_centers_.tobytes()
        assert counts.sum() == 150 * (seed + 1)


def test_a_centroid_is_the_mean_of_everything_it_was_given() -> None:
    centroids, counts = advance(np.array([[0.0], [10.0]]), np.array([3.0, 0.0]), np.array([[4.0], [9.0], [11.0]]))
    assert centroids.tolist() == [[1.0], [10.0]]  # (3 * 0 + 4) / 4, (9 + 11) / 2
    assert counts.tolist() == [4.0, 2.0]


def test_advancing_changes_no_argument_and_a_centroid_without_members_stays() -> None:
    centroids, counts = np.array([[0.0], [10.0]]), np.array([3.0, 0.0])
    moved, _ = advance(centroids, counts, np.array([[1.0]]))
    assert (centroids.tolist(), counts.tolist()) == ([[0.0], [10.0]], [3.0, 0.0])
    assert moved[1].tolist() == [10.0]


def test_results_do_not_depend_on_the_number_of_threads() -> None:
    x, _ = blobs(1500, spread=1.0)
    results = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            centroids, counts = advance(start(x, 12, seed=0), np.zeros(12), x)
        results.append((centroids.tobytes(), counts.tobytes()))
    assert results[0] == results[1]


def test_a_held_out_distance_is_the_distance_to_the_mean_of_the_others() -> None:
    x = np.random.default_rng(0).normal(size=(7, 3))
    to_mean = np.linalg.norm(x - x.mean(axis=0), axis=1).astype(np.float32)
    to_others = [np.linalg.norm(x[i] - np.delete(x, i, axis=0).mean(axis=0)) for i in range(7)]
    np.testing.assert_allclose(held_out(to_mean, np.full(7, 7.0)), to_others, rtol=1e-6)


def test_a_lone_member_is_held_out_from_nothing() -> None:
    assert held_out(np.zeros(1, np.float32), np.ones(1)).tolist() == [0.0]


def test_a_threshold_is_the_quantile_of_its_own_members_or_of_all_when_they_are_few() -> None:
    many = np.arange(1, 100, dtype=np.float32)  # 99 values: the 0.9 quantile of expected coverage 0.9 is the 90th
    few = np.full(MEMBERS_MIN - 1, 0.5, np.float32)
    own, shared = thresholds([many, few], 0.1)
    assert own == pytest.approx(90.0)
    pooled = np.sort(np.concatenate([many, few]))
    assert shared == pytest.approx(float(np.quantile(pooled, 0.9, method="weibull")))


def test_identical_members_leave_room_for_rounding() -> None:
    assert thresholds([np.zeros(60, np.float32)], 0.0).tolist() == [THRESHOLD_MIN]
