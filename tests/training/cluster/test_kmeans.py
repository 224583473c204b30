"""k-means against scikit-learn: the fit, and the update of centroids at every prefix of a stream."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from stream.core.arrays import Floats
from stream.training.cluster.centroids import cluster_means
from stream.training.cluster.kmeans import advance, distinct_profiles, kmeans_labels


def blobs(n: int, seed: int = 0, k: int = 4, spread: float = 0.1) -> tuple[Floats, NDArray[np.int64]]:
    """Points around k places of 20 dimensions, the j-th with j + 1 parts of them, and where each belongs."""
    rng = np.random.default_rng(seed)
    places = np.random.default_rng(99).normal(size=(k, 20))
    labels = rng.choice(k, n, p=np.arange(1, k + 1) / np.arange(1, k + 1).sum())
    return places[labels] + rng.normal(0, spread, (n, 20)), labels


def start(x: Floats, weights: Floats, k: int, seed: int) -> Floats:
    """Return the means of a fit."""
    return cluster_means(x, weights, kmeans_labels(x, weights, k, seed))


def test_a_fit_is_a_fixed_point_of_scikit_learns_k_means() -> None:
    x, _ = blobs(500, spread=1.0)
    weights = np.random.default_rng(1).uniform(1, 3, 500)
    centroids = start(x, weights, 6, seed=3)
    again = KMeans(6, init=centroids, n_init=1).fit(x, None, weights)
    np.testing.assert_allclose(again.cluster_centers_, centroids, atol=1e-12)


def test_a_fit_recovers_planted_clusters() -> None:
    x, labels = blobs(500)
    centroids = start(x, np.ones(500), 4, seed=0)
    found = ((x[:, None] - centroids) ** 2).sum(axis=2).argmin(axis=1)
    assert adjusted_rand_score(labels, found) == 1.0
    assert np.bincount(found).tolist() == sorted(np.bincount(labels).tolist(), reverse=True)


@pytest.mark.parametrize(("n_segments", "k"), [(5, 3), (3, 3), (2, 2), (1, 1)])
def test_there_are_never_more_clusters_than_distinct_profiles(n_segments: int, k: int) -> None:
    x = np.array([[0.0, 0.0], [0.0, 1e-9], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert len(start(x, np.ones(5), n_segments, seed=0)) == k


def test_equal_profiles_have_the_same_label() -> None:
    x = np.repeat(np.random.default_rng(0).normal(size=(20, 3)), 4, axis=0)
    labels = kmeans_labels(x, np.ones(80), 6, seed=1).reshape(20, 4)
    assert (labels == labels[:, :1]).all()


def test_advance_between_values_equals_scikit_learns_continuous_partial_fit_at_every_prefix() -> None:
    x, _ = blobs(400, spread=1.0)
    centroids, counts = start(x, np.ones(400), 5, seed=1), np.zeros(5)
    continuous = MiniBatchKMeans(5, init=centroids, n_init=1, reassignment_ratio=0, random_state=7)
    for seed in range(12):
        batch, _ = blobs(150, seed=seed, spread=1.0)
        continuous.partial_fit(batch)
        centroids, counts = advance(centroids, counts, batch)
        assert centroids.tobytes() == continuous.cluster_centers_.tobytes()
        assert counts.sum() == 150 * (seed + 1)


def test_scikit_learn_still_keeps_counts_where_advance_restores_them() -> None:
    #  `advance` writes the private `_counts`: a release that renames or ignores it must fail here
    model = MiniBatchKMeans(2, init=np.array([[0.0], [10.0]]), n_init=1, reassignment_ratio=0)
    model.partial_fit(np.array([[0.0], [10.0], [10.0]]))
    assert model._counts.dtype == np.float64
    assert model._counts.tolist() == [1.0, 2.0]
    model._counts[:] = [3.0, 9.0]
    model.partial_fit(np.array([[4.0], [20.0]]))
    assert model.cluster_centers_.tolist() == [[1.0], [11.0]]  # (3 * 0 + 4) / 4, (9 * 10 + 20) / 10
    assert model._counts.tolist() == [4.0, 10.0]


def test_a_centroid_is_the_mean_of_all_rows_it_was_given() -> None:
    centroids, counts = advance(np.array([[0.0], [10.0]]), np.array([3.0, 0.0]), np.array([[4.0], [9.0], [11.0]]))
    assert centroids.tolist() == [[1.0], [10.0]]  # (3 * 0 + 4) / 4, (9 + 11) / 2
    assert counts.tolist() == [4.0, 2.0]


def test_with_decaying_counts_a_centroid_is_the_exponentially_weighted_mean_at_every_prefix() -> None:
    rng, fade = np.random.default_rng(0), 0.7
    batches = [rng.normal(step, 1, (20 + step, 3)) for step in range(9)]
    centroids, counts = np.zeros((1, 3)), np.zeros(1)
    for step, batch in enumerate(batches):
        centroids, counts = advance(centroids, counts * fade, batch)
        weights = [fade ** (step - at) for at in range(step + 1)]
        total = sum(w * len(b) for w, b in zip(weights, batches, strict=False))
        mean = sum(w * b.sum(axis=0) for w, b in zip(weights, batches, strict=False)) / total
        np.testing.assert_allclose(centroids[0], mean, rtol=1e-12)
        assert counts[0] == pytest.approx(total)


def test_an_empty_batch_changes_nothing() -> None:
    centroids, counts = advance(np.array([[0.0], [10.0]]), np.array([3.0, 0.5]), np.zeros((0, 1)))
    assert (centroids.tolist(), counts.tolist()) == ([[0.0], [10.0]], [3.0, 0.5])


def test_advance_changes_no_argument_and_no_centroid_without_members() -> None:
    centroids, counts = np.array([[0.0], [10.0]]), np.array([3.0, 0.0])
    moved, _ = advance(centroids, counts, np.array([[1.0]]))
    assert (centroids.tolist(), counts.tolist()) == ([[0.0], [10.0]], [3.0, 0.0])
    assert moved[1].tolist() == [10.0]


def test_results_do_not_depend_on_the_number_of_threads() -> None:
    x, _ = blobs(1500, spread=1.0)
    results = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            centroids, counts = advance(start(x, np.ones(1500), 12, seed=0), np.zeros(12), x)
        results.append((centroids.tobytes(), counts.tobytes()))
    assert results[0] == results[1]


def test_distinct_profiles_sum_weights_and_do_not_depend_on_the_order() -> None:
    x = np.array([[2.0, 0.0], [1.0, 0.0], [1.0, 1e-9], [2.0, 0.0]])
    distinct, weights, at = distinct_profiles(x, np.array([1.0, 2.0, 3.0, 4.0]))
    assert (distinct.tolist(), weights.tolist(), at.tolist()) == ([[1.0, 0.0], [2.0, 0.0]], [5.0, 5.0], [1, 0, 0, 1])
    again = distinct_profiles(x[::-1], np.array([4.0, 3.0, 2.0, 1.0]))
    assert (again[0].tolist(), again[1].tolist()) == (distinct.tolist(), weights.tolist())
