"""Changes detected where the clusters are known: none, a split, a merge, a birth or an end."""

from __future__ import annotations

import numpy as np
import pytest

from stream.core.arrays import Floats
from stream.training.cluster.centroids import nearest_centroids
from stream.training.structure.component_merging import update_separated_pairs
from stream.training.structure.detect import KnownSegments
from tests.training.planted_clusters import (
    DIMS,
    PLACES,
    REACH,
    SPREAD,
    around,
    born,
    detected,
    gone,
    known_segments,
    merged,
    split,
)


@pytest.mark.parametrize("seed", range(8))
def test_no_change_is_found_while_the_segments_are_the_clusters(seed: int) -> None:
    clusters = [around(PLACES[at], n, 10 * seed + at) for at, n in enumerate((120, 80, 40, 12))]
    segments = known_segments(
        *(cluster.mean(axis=0) for cluster in clusters), separated_pairs=[(1, 2), (1, 3), (2, 3), (3, 4)]
    )
    found = detected(clusters, segments, seed=seed)
    assert (found.changes, found.born) == ((), ())
    assert found.centroids.tobytes() == segments.centroids.tobytes()


@pytest.mark.parametrize("seed", range(4))
def test_a_segment_of_two_clusters_is_split_into_them(seed: int) -> None:
    #  s-0001 reaches over two clusters that are 3.2 apart
    halves = [around(PLACES[0] + shift * np.eye(DIMS)[5], n, seed + n) for shift, n in ((-1.6, 60), (1.6, 40))]
    segments = known_segments(PLACES[0], PLACES[1])
    found = detected([*halves, around(PLACES[1], 50, seed)], segments, seed=seed)
    assert found.changes == (split(1),)
    means = [halves[0].mean(axis=0), segments.centroids[1], halves[1].mean(axis=0)]
    in_order = found.centroids[np.argsort(found.centroids[:, 5])]
    np.testing.assert_allclose(in_order, means, atol=0.05)
    assert in_order[1].tobytes() == segments.centroids[1].tobytes()


def test_a_part_with_too_few_users_is_no_cluster() -> None:
    halves = [around(PLACES[0] + shift * np.eye(DIMS)[5], n, n, 0.3) for shift, n in ((-0.4, 60), (1.4, 19))]
    segments = known_segments(PLACES[0])
    assert detected(halves, segments, n_min=19).changes == (split(1),)
    assert detected(halves, segments, n_min=20).changes == ()
    assert detected([around(PLACES[0], 19, 1)], segments, n_min=10).changes == ()


def test_segments_once_separated_that_are_one_cluster_now_are_merged() -> None:
    cluster = around(PLACES[0], 100, 3)
    near = [PLACES[0] + shift * np.eye(DIMS)[5] for shift in (-0.3, 0.3)]
    together = known_segments(near[0], near[1], PLACES[1], separated_pairs=[(1, 2), (1, 3)])
    found = detected([cluster, around(PLACES[1], 50, 4)], together)
    assert found.changes == (merged(1, 2),)
    assert found.centroids[0].tobytes() == PLACES[1].tobytes()
    np.testing.assert_allclose(found.centroids[1], cluster.mean(axis=0), atol=0.05)


def test_segments_that_were_never_separated_stay_two() -> None:
    #  k-means cut one wide cluster in two: nothing has changed since
    cluster = around(PLACES[0], 200, 3)
    low, high = cluster[cluster[:, 5] < 0], cluster[cluster[:, 5] >= 0]
    assert detected([cluster], known_segments(low.mean(axis=0), high.mean(axis=0))).changes == ()
    assert (
        detected([cluster], known_segments(low.mean(axis=0), high.mean(axis=0), separated_pairs=[(1, 2)])).changes != ()
    )


def test_two_segments_at_the_same_place_are_merged_without_having_been_separated() -> None:
    cluster = around(PLACES[0], 200, 3)
    near = [PLACES[0] + shift * np.eye(DIMS)[5] for shift in (-0.05, 0.05)]
    assert detected([cluster], known_segments(*near)).changes == (merged(1, 2),)


def test_three_segments_that_became_one_cluster_are_merged() -> None:
    cluster = around(PLACES[0], 150, 3)
    near = [PLACES[0] + shift * np.eye(DIMS)[at] for at, shift in ((5, 0.3), (6, 0.3), (7, 0.3))]
    found = detected([cluster], known_segments(*near, separated_pairs=[(1, 2), (1, 3), (2, 3)]))
    assert found.changes[-1] == merged(1, 2, 3)
    assert len(found.centroids) == 1


@pytest.mark.parametrize("seed", range(4))
def test_a_dense_cluster_far_from_all_segments_is_born(seed: int) -> None:
    old = [around(PLACES[at], 150, seed + at, SPREAD * 1.2) for at in range(3)]  # a few on the fringe, as always
    new = around(PLACES[4], 25, seed, 0.2)
    segments = known_segments(*PLACES[:3], separated_pairs=[(1, 2), (1, 3), (2, 3)])
    found = detected([*old, new], segments, seed=seed)
    assert (found.changes, found.born) == ((born(ordinal=1),), (3,))
    np.testing.assert_allclose(found.centroids[3], new.mean(axis=0), atol=0.05)
    assert found.centroids[:3].tobytes() == segments.centroids.tobytes()


@pytest.mark.parametrize("seed", range(4))
def test_scattered_users_are_no_cluster(seed: int) -> None:
    old = [around(PLACES[at], 150, seed + at) for at in range(3)]
    out = np.random.default_rng(seed).normal(size=(60, DIMS))
    out *= 4 * REACH / np.linalg.norm(out, axis=1, keepdims=True)
    assert detected([*old, out], known_segments(*PLACES[:3]), seed=seed).changes == ()


def test_a_dense_cluster_alone_on_the_fringe_is_born() -> None:
    old = [around(PLACES[at], 60, at, 0.1) for at in range(3)]
    found = detected([*old, around(PLACES[4], 40, 9, 0.2)], known_segments(*PLACES[:3]))
    assert found.changes == (born(ordinal=1),)


def test_a_watched_cluster_is_found_again_while_its_users_are_there() -> None:
    #  12 users well within the threshold of s-0001, but much nearer to each other
    old, new = around(PLACES[0], 150, 1), around(PLACES[0] + 1.9 * np.eye(DIMS)[5], 12, 2, 0.05)
    watching = known_segments(PLACES[0], watched=[new.mean(axis=0)])
    assert detected([old, new], known_segments(PLACES[0])).changes == ()
    assert detected([old, new], watching).changes == (born(101),)
    assert detected([old, new[:4]], watching).changes == ()


def test_a_gone_segment_is_left_out() -> None:
    segments = known_segments(*PLACES[:3], gone=[2])
    found = detected([around(PLACES[0], 50, 1), around(PLACES[2], 50, 2)], segments)
    assert found.changes == (gone(2),)
    assert found.centroids.tobytes() == segments.centroids[[0, 2]].tobytes()


def test_when_all_segments_are_gone_they_stay_as_the_best_estimate() -> None:
    clusters, segments = [around(PLACES[5], 9, 1, 5.0)], known_segments(*PLACES[:2], gone=[1, 2])
    found = detected(clusters, segments)
    assert (found.changes, found.n_clusters) == ((), 2)
    assert found.centroids.tobytes() == segments.centroids.tobytes()


def test_separated_pairs_stay_separated_while_both_segments_exist() -> None:
    x = np.concatenate([around(PLACES[at], 40, at) for at in range(3)])
    assert separated_pairs(x, known_segments(*PLACES[:3])) == {
        ("s-0001", "s-0002"),
        ("s-0001", "s-0003"),
        ("s-0002", "s-0003"),
    }
    one = around(PLACES[0], 120, 5)
    near = [PLACES[0] + shift * np.eye(DIMS)[5] for shift in (-0.2, 0.2)]
    assert separated_pairs(one, known_segments(*near)) == frozenset()
    assert separated_pairs(one, known_segments(*near, separated_pairs=[(1, 2)])) == {("s-0001", "s-0002")}
    previous = KnownSegments(("s-0001",), near[0][None], np.ones(1), frozenset({("s-0001", "s-0009")}))
    assert separated_pairs(one, previous) == frozenset()


def test_a_pair_is_found_separated_though_other_segments_are_nearer() -> None:
    #  six on a line, ten apart: the first and the last may meet later
    line = [10.0 * at * np.eye(DIMS)[0] for at in range(6)]
    x = np.concatenate([around(place, 40, at) for at, place in enumerate(line)])
    assert ("s-0001", "s-0006") in separated_pairs(x, known_segments(*line))
    assert len(separated_pairs(x, known_segments(*line))) == 15


def separated_pairs(x: Floats, segments: KnownSegments) -> frozenset[tuple[str, str]]:
    return update_separated_pairs(
        x, nearest_centroids(x, segments.centroids)[0], segments.ids, segments.centroids, segments.separated_pairs
    )
