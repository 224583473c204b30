"""Methods against examples worked by hand, formulas, and the libraries' own answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.cluster import MiniBatchKMeans
from sklearn.metrics import adjusted_rand_score

from bench.segments.method import Method, StreamClusterer
from bench.segments.planted import Day
from bench.segments.river_baselines import (
    RIVER,
    Centres,
    clu_stream,
    db_stream,
    den_stream,
    k_means,
    neighbour_distance,
    points,
    read_centres,
    read_dense,
    read_micro,
    read_shared,
)
from bench.segments.sklearn_baselines import MatchedRefit, MiniBatch, NightlyRefit, TrueMeans, matched, nearest
from bench.segments.spark_baseline import SparkStreaming, update
from stream.core.arrays import Vectors

METHODS = (
    Method("mini-batch", MiniBatch),
    Method("nightly", NightlyRefit),
    Method("matched", MatchedRefit),
    Method("spark", SparkStreaming),
    Method("truth", TrueMeans),
    *RIVER,
)


def blobs(n_groups: int, day: int = 0, n: int = 90, spread: float = 0.02) -> tuple[Day, Vectors]:
    """Profiles of 6 dimensions around unit vectors, far apart."""
    rng = np.random.default_rng(day)
    truth = np.arange(n) % n_groups
    u = (np.eye(6)[truth] * 0.3 + rng.normal(0, spread, (n, 6))).astype(np.float32)
    halves = u[:, :2].astype(np.float64), u[:, 2:]
    items = np.ones(n, np.float32), np.zeros_like(halves[1])
    return Day(day, day, np.arange(n), *halves, *items, [("milk",)] * n, truth, n_groups), u


@pytest.fixture(params=METHODS, ids=lambda method: method.name)
def clusterer(request: pytest.FixtureRequest) -> StreamClusterer:
    started: StreamClusterer = request.param.start(3, 0)
    for day in range(3):
        started.learn(*blobs(3, day))
    return started


def test_a_method_assigns_all_users_and_assigning_learns_nothing(clusterer: StreamClusterer) -> None:
    asked = blobs(3, 7, n=30)
    first = clusterer.assign(*asked)
    assert len(first) == 30
    assert [clusterer.assign(*asked) for _ in range(3)] == [first] * 3


@pytest.mark.parametrize("method", [c for c in METHODS if "River" not in c.name], ids=lambda c: c.name)
def test_groups_far_apart_are_found(method: Method) -> None:
    clusterer = method.start(3, 0)
    clusterer.learn(*blobs(3))
    day, u = blobs(3, 1)
    assert adjusted_rand_score(day.truth, clusterer.assign(day, u)) == 1.0


def test_the_nearest_is_that_of_all_distances() -> None:
    rng = np.random.default_rng(0)
    u, centroids = rng.normal(size=(50, 7)), rng.normal(size=(5, 7))
    expected = np.linalg.norm(u[:, None] - centroids, axis=2).argmin(axis=1)
    np.testing.assert_array_equal(nearest(u, centroids), expected)


def test_mini_batches_are_scikit_learns() -> None:
    clusterer, reference = MiniBatch(3, 5), MiniBatchKMeans(3, random_state=5)
    for at in range(4):
        day, u = blobs(5, at, spread=0.2)
        clusterer.learn(day, u)
        reference.partial_fit(u)
        assert clusterer.assign(day, u) == reference.predict(u).tolist()


def test_centroids_keep_the_ids_of_the_nearest_previous_centroids() -> None:
    before, after = np.array([[0.0], [10.0]], np.float32), np.array([[10.5], [0.2], [30.0]], np.float32)
    assert matched(before, after) == {0: 1, 1: 0}


def test_a_matched_refit_keeps_ids_and_gives_new_ones() -> None:
    clusterer = MatchedRefit(3, 0)
    clusterer.learn(*blobs(3))
    before = dict(zip(blobs(3)[0].truth.tolist(), clusterer.assign(*blobs(3)), strict=True))
    clusterer.learn(*blobs(4, 1, n=120))
    after = dict(zip(blobs(4, n=120)[0].truth.tolist(), clusterer.assign(*blobs(4, n=120)), strict=True))
    assert {group: after[group] for group in before} == before
    assert after[3] not in before.values()


def test_a_refit_ignores_samples_older_than_its_window() -> None:
    clusterer = NightlyRefit(1, 0)
    for at in range(9):
        day, u = blobs(1, at, n=4, spread=0.0)
        clusterer.learn(day, u + np.float32(100 * (at < 2)))  # only the first two days are far away
    np.testing.assert_allclose(clusterer.centroids, blobs(1, n=1, spread=0.0)[1], atol=1e-6)


def test_sparks_rule_by_hand() -> None:
    """With a half-life of one batch a = 1/2: (0 · 4 · 1/2 + 3 · 2) / (4 · 1/2 + 2) = 1.5, and the weight is 4."""
    centres, weights = update(np.array([[0.0], [50.0]]), np.array([4.0, 3.0]), np.array([[2.0], [4.0]]), 1.0)
    np.testing.assert_allclose(centres, [[1.5], [50.0]])
    np.testing.assert_allclose(weights, [4.0, 1.5])


def test_sparks_centres_are_means_of_everything_when_nothing_fades() -> None:
    batches = [blobs(3, at)[1].astype(np.float64) for at in range(4)]
    centres, weights = np.eye(6)[:3] * 0.3, np.zeros(3)
    for n, batch in enumerate(batches, start=1):
        centres, weights = update(centres, weights, batch, np.inf)
        seen = np.concatenate(batches[:n])
        groups = np.arange(len(seen)) % 3
        np.testing.assert_allclose(centres, [seen[groups == g].mean(axis=0) for g in range(3)])
        np.testing.assert_allclose(weights, np.bincount(groups))


def test_spark_gives_a_dying_cluster_half_of_the_largest() -> None:
    centres, weights = update(np.array([[2.0], [-90.0]]), np.array([8.0, 1e-9]), np.empty((0, 1)), np.inf)
    np.testing.assert_allclose(weights, [4.0, 4.0])
    np.testing.assert_allclose(centres, [[2.0], [2.0]])
    assert centres[1, 0] < 2.0 < centres[0, 0]


@pytest.mark.parametrize(
    ("make", "read"),
    [(k_means, read_centres), (clu_stream, read_micro), (den_stream, read_dense), (db_stream, read_shared)],
    ids=["KMeans", "CluStream", "DenStream", "DBSTREAM"],
)
def test_rivers_centres_answer_as_its_predict_one(
    make: Callable[..., object], read: Callable[[object], Centres]
) -> None:
    model: object = make(3, 0, blobs(3, n=150)[1])
    for point in points(blobs(3, n=150)[1]):
        model.learn_one(point)  # type: ignore[attr-defined]
    u = blobs(3, 1, spread=0.1)[1]
    centres = read(model)
    answers = [centres.ids[at] for at in nearest(u, centres.at).tolist()]
    assert answers == [model.predict_one(point) for point in points(u)]  # type: ignore[attr-defined]
    assert len(set(answers)) > 1


def test_a_neighbour_distance_is_the_median_over_rows() -> None:
    line = np.array([[0.0], [1.0], [2.0], [3.0], [9.0]], np.float32)
    assert neighbour_distance(line, 0.2) == 1.0  # the nearest: 1, 1, 1, 1, 6
    assert neighbour_distance(line, 0.4) == 2.0  # the second: 2, 1, 1, 2, 7
