"""Means, nearest centroids, held-out distances and thresholds against numpy and examples worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from stream.core.segment_model import distances
from stream.training.cluster.centroids import (
    MEMBERS_MIN,
    THRESHOLD_MIN,
    cluster_means,
    cohesion,
    distances_to_all,
    held_out,
    is_nearer,
    mean_square,
    nearest_centroids,
    thresholds,
    weighted_mean,
)


def test_a_weighted_mean_counts_a_row_as_often_as_its_weight() -> None:
    assert weighted_mean(np.array([[0.0, 2.0], [3.0, 5.0]]), np.array([2.0, 1.0])).tolist() == [1.0, 3.0]
    with pytest.raises(ZeroDivisionError):
        weighted_mean(np.ones((2, 1)), np.zeros(2))


def test_cluster_means_are_weighted_and_leave_out_noise() -> None:
    x = np.array([[0.0], [3.0], [100.0], [7.0]])
    assert cluster_means(x, np.array([2.0, 1.0, 9.0, 1.0]), np.array([1, 1, -1, 0])).tolist() == [[1.0], [7.0]]


def test_cluster_means_are_in_order_of_weight_then_of_the_first_member() -> None:
    x, labels = np.array([[5.0], [1.0], [3.0], [1.0], [3.0], [5.0]]), np.array([0, 1, 2, 1, 2, 0])
    assert cluster_means(x, np.ones(6), labels).tolist() == [[5.0], [1.0], [3.0]]
    assert cluster_means(x, np.array([1.0, 1, 9, 1, 1, 1]), labels).tolist() == [[3.0], [5.0], [1.0]]


def test_nearest_centroids_and_their_distances_are_those_of_numpys_norm() -> None:
    x, centroids = np.random.default_rng(0).normal(size=(50, 6)), np.random.default_rng(1).normal(size=(5, 6))
    nearest, distance = nearest_centroids(x, centroids)
    expected = np.linalg.norm(x[:, None] - centroids[None], axis=2)
    assert nearest.tolist() == expected.argmin(axis=1).tolist()
    np.testing.assert_allclose(distance, expected.min(axis=1), rtol=1e-12)
    np.testing.assert_allclose(distances_to_all(x, centroids), expected, rtol=1e-9)


def test_training_assigns_users_as_a_worker_does() -> None:
    #  a worker computes exact differences in float32, training products in float64
    x, centroids = np.random.default_rng(2).normal(size=(400, 60)), np.random.default_rng(3).normal(size=(9, 60))
    nearest, distance = nearest_centroids(x, centroids)
    worker = distances(x.astype(np.float32), centroids.astype(np.float32))
    assert nearest.tolist() == worker.argmin(axis=1).tolist()
    np.testing.assert_allclose(distance, worker.min(axis=1), rtol=1e-5)


def test_a_row_at_a_centroid_has_distance_zero_exactly() -> None:
    x = 1e3 + np.random.default_rng(0).normal(size=(3, 6))
    assert nearest_centroids(x, x)[1].tolist() == [0.0, 0.0, 0.0]


def test_is_nearer_compares_each_row_with_its_own_distance() -> None:
    x = np.array([[0.0, 0.0], [3.0, 0.0], [1.0, 0.0]])
    assert is_nearer(x, np.array([[2.0, 0.0]]), np.array([0.0, 3.0, 1.0])).tolist() == [False, True, False]
    assert is_nearer(x, np.empty((0, 0)), np.zeros(3)).tolist() == [False] * 3


def test_a_held_out_distance_is_the_distance_to_the_mean_of_the_others() -> None:
    x = np.random.default_rng(0).normal(size=(7, 3))
    to_mean = np.linalg.norm(x - x.mean(axis=0), axis=1)
    to_others = [np.linalg.norm(x[i] - np.delete(x, i, axis=0).mean(axis=0)) for i in range(7)]
    np.testing.assert_allclose(held_out(to_mean, np.full(7, 7.0)), to_others, rtol=1e-12)


def test_a_single_member_has_held_out_distance_zero() -> None:
    assert held_out(np.zeros(1), np.ones(1)).tolist() == [0.0]


def test_cohesion_is_the_weighted_root_mean_square() -> None:
    #  (3 * 1 + 1 * 25) / 4 = 7
    assert cohesion(np.array([1.0, 5.0]), np.array([3.0, 1.0])) == pytest.approx(7**0.5)
    assert mean_square(np.array([1.0, 5.0]), np.array([3.0, 1.0])) == pytest.approx(7.0)
    assert cohesion(np.zeros(0), np.zeros(0)) == 0.0


@pytest.mark.parametrize("unknown_rate", [0.0, 0.01, 0.1, 1.0])
def test_with_equal_weights_a_threshold_is_numpys_weibull_quantile(unknown_rate: float) -> None:
    distance = np.random.default_rng(2).gamma(3, size=MEMBERS_MIN)
    for weight in (1.0, 7.5):
        (found,) = thresholds(distance, np.zeros(MEMBERS_MIN, np.intp), np.full(MEMBERS_MIN, weight), 1, unknown_rate)
        assert found == pytest.approx(np.quantile(distance, 1 - unknown_rate, method="weibull"))


def test_a_row_of_weight_three_counts_in_a_quantile_as_three_rows() -> None:
    #  weights 1 or 3: the mean weight is 2, so a row of weight 3 has 3 / (n + 1) of the whole, n = 2 a row
    rng = np.random.default_rng(3)
    distance, weights = rng.gamma(3, size=400), np.repeat([1.0, 3.0], 200)
    (found,) = thresholds(distance, np.zeros(400, np.intp), weights, 1, 0.1)
    repeated = np.quantile(np.repeat(distance, weights.astype(int)), 0.9, method="weibull")
    assert found == pytest.approx(repeated, abs=np.diff(np.sort(distance))[340:380].max())


def test_a_small_segment_has_its_median_times_the_ratio_of_all() -> None:
    many, few = np.arange(1, 100, dtype=float), np.full(MEMBERS_MIN - 1, 0.5)
    distance, labels = np.concatenate([many, few]), np.repeat([0, 1], [99, MEMBERS_MIN - 1])
    own, shared, empty = thresholds(distance, labels, np.ones(len(labels)), 3, 0.1)
    assert own == pytest.approx(90.0)  # 99 values: the 0.9 quantile of expected coverage 0.9 is the 90th
    ratio = np.quantile(np.concatenate([many / 50, few / 0.5]), 0.9, method="weibull")
    assert shared == pytest.approx(0.5 * ratio)
    assert empty == pytest.approx(np.median(distance) * ratio)


def test_a_threshold_of_identical_members_leaves_room_for_rounding() -> None:
    assert thresholds(np.zeros(60), np.zeros(60, np.intp), np.ones(60), 1, 0.0).tolist() == [THRESHOLD_MIN]
