from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from stream.core.arrays import Floats
from stream.training.cluster.kmeans import (
    MEMBERS_MIN,
    THRESHOLD_MIN,
    advance,
    dense_groups,
    fit_labels,
    held_out,
    means,
    start,
    thresholds,
)


def blobs(n: int, seed: int = 0, k: int = 4, spread: float = 0.1) -> tuple[Floats, NDArray[np.int64]]:
    """Points around k places of 20 dimensions, the j-th with j + 1 parts of them, and where each belongs."""
    rng = np.random.default_rng(seed)
    places = np.random.default_rng(99).normal(size=(k, 20))
    labels = rng.choice(k, n, p=np.arange(1, k + 1) / np.arange(1, k + 1).sum())
    return places[labels] + rng.normal(0, spread, (n, 20)), labels


def test_a_start_is_a_fixed_point_of_scikit_learns_k_means() -> None:
    x, _ = blobs(500, spread=1.0)
    weights = np.random.default_rng(1).uniform(1, 3, 500)
    centroids = start(x, weights, 6, seed=3)
    again = KMeans(6, init=centroids, n_init=1).fit(x, None, weights)
    np.testing.assert_allclose(again.cluster_centers_, centroids, atol=1e-12)


def test_a_start_recovers_planted_groups_largest_first() -> None:
    x, labels = blobs(500)
    centroids = start(x, np.ones(500), 4, seed=0)
    found = ((x[:, None] - centroids) ** 2).sum(axis=2).argmin(axis=1)
    assert adjusted_rand_score(labels, found) == 1.0
    assert np.bincount(found).tolist() == sorted(np.bincount(labels).tolist(), reverse=True)


def test_the_heaviest_comes_first_and_equal_ones_by_their_first_member() -> None:
    x = np.array([[5.0], [1.0], [3.0], [1.0], [3.0], [5.0]])
    assert start(x, np.ones(6), 3, seed=0).tolist() == [[5.0], [1.0], [3.0]]
    assert start(x, np.array([1.0, 1, 9, 1, 1, 1]), 3, seed=0).tolist() == [[3.0], [5.0], [1.0]]


def test_means_are_weighted_and_leave_out_who_has_no_label() -> None:
    x = np.array([[0.0], [3.0], [100.0], [7.0]])
    assert means(x, np.array([2.0, 1.0, 9.0, 1.0]), np.array([1, 1, -1, 0])).tolist() == [[1.0], [7.0]]


@pytest.mark.parametrize(("n_segments", "k"), [(5, 3), (3, 3), (2, 2), (1, 1)])
def test_there_are_never_more_segments_than_distinct_profiles(n_segments: int, k: int) -> None:
    x = np.array([[0.0, 0.0], [0.0, 1e-9], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert len(start(x, np.ones(5), n_segments, seed=0)) == k


def test_equal_profiles_have_one_label() -> None:
    x = np.repeat(np.random.default_rng(0).normal(size=(20, 3)), 4, axis=0)
    labels = fit_labels(x, np.ones(80), 6, seed=1).reshape(20, 4)
    assert (labels == labels[:, :1]).all()


def test_advancing_from_values_equals_scikit_learns_continuous_partial_fit_at_every_prefix() -> None:
    x, _ = blobs(400, spread=1.0)
    centroids, counts = start(x, np.ones(400), 5, seed=1), np.zeros(5)
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


def test_with_counts_that_fade_a_centroid_is_the_exponentially_weighted_mean_at_every_prefix() -> None:
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


def test_nothing_to_learn_changes_nothing() -> None:
    centroids, counts = advance(np.array([[0.0], [10.0]]), np.array([3.0, 0.5]), np.zeros((0, 1)))
    assert (centroids.tolist(), counts.tolist()) == ([[0.0], [10.0]], [3.0, 0.5])


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
            centroids, counts = advance(start(x, np.ones(1500), 12, seed=0), np.zeros(12), x)
        results.append((centroids.tobytes(), counts.tobytes()))
    assert results[0] == results[1]


def test_a_held_out_distance_is_the_distance_to_the_mean_of_the_others() -> None:
    x = np.random.default_rng(0).normal(size=(7, 3))
    to_mean = np.linalg.norm(x - x.mean(axis=0), axis=1)
    to_others = [np.linalg.norm(x[i] - np.delete(x, i, axis=0).mean(axis=0)) for i in range(7)]
    np.testing.assert_allclose(held_out(to_mean, np.full(7, 7.0)), to_others, rtol=1e-12)


def test_a_lone_member_is_held_out_from_nothing() -> None:
    assert held_out(np.zeros(1), np.ones(1)).tolist() == [0.0]


@pytest.mark.parametrize("unknown_rate", [0.0, 0.01, 0.1, 1.0])
def test_with_equal_weights_a_threshold_is_numpys_weibull_quantile(unknown_rate: float) -> None:
    distances = np.random.default_rng(2).gamma(3, size=MEMBERS_MIN)
    for weight in (1.0, 7.5):
        (found,) = thresholds(distances, np.zeros(MEMBERS_MIN, np.intp), np.full(MEMBERS_MIN, weight), 1, unknown_rate)
        assert found == pytest.approx(np.quantile(distances, 1 - unknown_rate, method="weibull"))


def test_who_stands_for_three_counts_as_often_as_three() -> None:
    #  weights 1 or 3: the mean weight is 2, so who stands for 3 weighs as 3 / (n + 1) of the whole, n = 2 a person
    rng = np.random.default_rng(3)
    distances, weights = rng.gamma(3, size=400), np.repeat([1.0, 3.0], 200)
    (found,) = thresholds(distances, np.zeros(400, np.intp), weights, 1, 0.1)
    auto_promotion_paused = np.quantile(np.repeat(distances, weights.astype(int)), 0.9, method="weibull")
    assert found == pytest.approx(auto_promotion_paused, abs=np.diff(np.sort(distances))[340:380].max())


def test_a_small_segment_has_its_median_times_the_ratio_of_all() -> None:
    many, few = np.arange(1, 100, dtype=float), np.full(MEMBERS_MIN - 1, 0.5)
    distances, labels = np.concatenate([many, few]), np.repeat([0, 1], [99, MEMBERS_MIN - 1])
    own, shared, empty = thresholds(distances, labels, np.ones(len(labels)), 3, 0.1)
    assert own == pytest.approx(90.0)  # 99 values: the 0.9 quantile of expected coverage 0.9 is the 90th
    ratio = np.quantile(np.concatenate([many / 50, few / 0.5]), 0.9, method="weibull")
    assert shared == pytest.approx(0.5 * ratio)
    assert empty == pytest.approx(np.median(distances) * ratio)


def test_identical_members_leave_room_for_rounding() -> None:
    assert thresholds(np.zeros(60), np.zeros(60, np.intp), np.ones(60), 1, 0.0).tolist() == [THRESHOLD_MIN]


@pytest.mark.parametrize("nested", ["leaf", "eom"])
def test_dense_groups_are_told_from_each_other_and_from_the_scattered(nested: str) -> None:
    rng = np.random.default_rng(0)
    near = [rng.normal(place, 0.1, (n, 6)) for place, n in ((-3, 40), (3, 25))]
    scattered = rng.uniform(-40, 40, (30, 6))
    labels = dense_groups(np.concatenate([*near, scattered]), 12, nested)
    assert len(set(labels[:40])) == len(set(labels[40:65])) == 1
    assert {*labels[:65]} == {0, 1}
    assert (labels[65:] == -1).all()


@pytest.mark.parametrize("nested", ["leaf", "eom"])
def test_a_group_that_is_alone_is_found_whole(nested: str) -> None:
    alone = np.random.default_rng(0).normal(0, 0.1, (30, 6))
    assert dense_groups(alone, 10, nested).tolist() == [0] * 30


def test_fewer_than_a_group_needs_are_none() -> None:
    assert dense_groups(np.zeros((4, 2)), 5).tolist() == [-1] * 4
    assert dense_groups(np.zeros((1, 2)), 1).tolist() == [-1]
    assert dense_groups(np.zeros((0, 2)), 1).tolist() == []
