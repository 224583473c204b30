"""What is proposed where the groups are known: nothing, a split, a merger, a birth or an end."""

from __future__ import annotations

import numpy as np
import pytest

from stream.core.arrays import Floats
from stream.training.structure.detect import Place, is_watched, nearest_centroids
from stream.training.structure.merges import update_separated_pairs
from tests.training.groups import DIMS, PLACES, REACH, SPREAD, around, propose, segments


@pytest.mark.parametrize("seed", range(8))
def test_nothing_is_proposed_while_the_segments_are_the_groups(seed: int) -> None:
    groups = [around(PLACES[at], n, 10 * seed + at) for at, n in enumerate((120, 80, 40, 12))]
    place = segments(*(group.mean(axis=0) for group in groups), separated_pairs=[(1, 2), (1, 3), (2, 3), (3, 4)])
    found = propose(groups, place, seed=seed)
    assert (found.reasons, found.born) == ((), ())
    assert found.centroids.tobytes() == place.centroids.tobytes()


@pytest.mark.parametrize("seed", range(4))
def test_a_segment_that_is_two_groups_is_split_into_them(seed: int) -> None:
    #  s-0001 reaches over two groups that are 3.2 apart
    halves = [around(PLACES[0] + shift * np.eye(DIMS)[5], n, seed + n) for shift, n in ((-1.6, 60), (1.6, 40))]
    place = segments(PLACES[0], PLACES[1])
    found = propose([*halves, around(PLACES[1], 50, seed)], place, seed=seed)
    assert found.reasons == ("split s-0001",)
    means = [halves[0].mean(axis=0), place.centroids[1], halves[1].mean(axis=0)]
    by_priority = found.centroids[np.argsort(found.centroids[:, 5])]
    np.testing.assert_allclose(by_priority, means, atol=0.05)
    assert by_priority[1].tobytes() == place.centroids[1].tobytes()


def test_a_part_with_too_few_people_is_no_group() -> None:
    halves = [around(PLACES[0] + shift * np.eye(DIMS)[5], n, n, 0.3) for shift, n in ((-0.4, 60), (1.4, 19))]
    place = segments(PLACES[0])
    assert propose(halves, place, n_min=19).reasons == ("split s-0001",)
    assert propose(halves, place, n_min=20).reasons == ()
    assert propose([around(PLACES[0], 19, 1)], place, n_min=10).reasons == ()


def test_segments_that_were_apart_and_are_one_group_now_are_merged() -> None:
    group = around(PLACES[0], 100, 3)
    near = [PLACES[0] + shift * np.eye(DIMS)[5] for shift in (-0.3, 0.3)]
    together = segments(near[0], near[1], PLACES[1], separated_pairs=[(1, 2), (1, 3)])
    found = propose([group, around(PLACES[1], 50, 4)], together)
    assert found.reasons == ("merged s-0001 s-0002",)
    assert found.centroids[0].tobytes() == PLACES[1].tobytes()
    np.testing.assert_allclose(found.centroids[1], group.mean(axis=0), atol=0.05)


def test_segments_that_never_were_apart_stay_two() -> None:
    #  k-means was told to cut one wide group in two: nothing has happened since
    group = around(PLACES[0], 200, 3)
    low, high = group[group[:, 5] < 0], group[group[:, 5] >= 0]
    assert propose([group], segments(low.mean(axis=0), high.mean(axis=0))).reasons == ()
    assert propose([group], segments(low.mean(axis=0), high.mean(axis=0), separated_pairs=[(1, 2)])).reasons != ()


def test_two_segments_at_one_place_are_merged_even_if_nobody_saw_them_apart() -> None:
    group = around(PLACES[0], 200, 3)
    near = [PLACES[0] + shift * np.eye(DIMS)[5] for shift in (-0.05, 0.05)]
    assert propose([group], segments(*near)).reasons == ("merged s-0001 s-0002",)


def test_three_segments_that_met_are_one() -> None:
    group = around(PLACES[0], 150, 3)
    near = [PLACES[0] + shift * np.eye(DIMS)[at] for at, shift in ((5, 0.3), (6, 0.3), (7, 0.3))]
    found = propose([group], segments(*near, separated_pairs=[(1, 2), (1, 3), (2, 3)]))
    assert found.reasons[-1] == "merged s-0001 s-0002 s-0003"
    assert len(found.centroids) == 1


@pytest.mark.parametrize("seed", range(4))
def test_a_dense_group_far_from_all_segments_is_born(seed: int) -> None:
    old = [around(PLACES[at], 150, seed + at, SPREAD * 1.2) for at in range(3)]  # a few on the fringe, as always
    new = around(PLACES[4], 25, seed, 0.2)
    place = segments(*PLACES[:3], separated_pairs=[(1, 2), (1, 3), (2, 3)])
    found = propose([*old, new], place, seed=seed)
    assert (found.reasons, found.born) == (("born",), (3,))
    np.testing.assert_allclose(found.centroids[3], new.mean(axis=0), atol=0.05)
    assert found.centroids[:3].tobytes() == place.centroids.tobytes()


@pytest.mark.parametrize("seed", range(4))
def test_scattered_people_are_no_group(seed: int) -> None:
    old = [around(PLACES[at], 150, seed + at) for at in range(3)]
    out = np.random.default_rng(seed).normal(size=(60, DIMS))
    out *= 4 * REACH / np.linalg.norm(out, axis=1, keepdims=True)
    assert propose([*old, out], segments(*PLACES[:3]), seed=seed).reasons == ()


def test_a_dense_group_with_nobody_else_on_the_fringe_is_born() -> None:
    old = [around(PLACES[at], 60, at, 0.1) for at in range(3)]
    found = propose([*old, around(PLACES[4], 40, 9, 0.2)], segments(*PLACES[:3]))
    assert found.reasons == ("born",)


def test_a_group_that_is_watched_is_proposed_again_while_its_people_are_there() -> None:
    #  12 people well within the threshold of s-0001, but much nearer to each other
    old, new = around(PLACES[0], 150, 1), around(PLACES[0] + 1.9 * np.eye(DIMS)[5], 12, 2, 0.05)
    watching = segments(PLACES[0], watched=[new.mean(axis=0)])
    assert propose([old, new], segments(PLACES[0])).reasons == ()
    assert propose([old, new], watching).reasons == ("born s-0101",)
    assert propose([old, new[:4]], watching).reasons == ()


def test_who_is_nearer_to_a_watched_group_than_to_their_segment_is_watched() -> None:
    x = np.array([[0.0, 0.0], [3.0, 0.0], [1.0, 0.0]])
    assert is_watched(x, np.array([[2.0, 0.0]]), np.array([0.0, 3.0, 1.0])).tolist() == [False, True, False]
    assert is_watched(x, np.empty((0, 0)), np.zeros(3)).tolist() == [False] * 3


def test_what_is_gone_is_left_out() -> None:
    place = segments(*PLACES[:3])
    found = propose([around(PLACES[0], 50, 1), around(PLACES[2], 50, 2)], place, gone=["s-0002"])
    assert found.reasons == ("gone s-0002",)
    assert found.centroids.tobytes() == place.centroids[[0, 2]].tobytes()


def test_when_all_are_gone_nothing_better_is_known() -> None:
    place = segments(*PLACES[:2])
    assert propose([around(PLACES[5], 9, 1, 5.0)], place, gone=["s-0001", "s-0002"]).reasons == ()


def test_pairs_are_apart_once_they_were_and_only_of_segments_that_are() -> None:
    x = np.concatenate([around(PLACES[at], 40, at) for at in range(3)])
    assert separated_pairs(x, segments(*PLACES[:3])) == {
        ("s-0001", "s-0002"),
        ("s-0001", "s-0003"),
        ("s-0002", "s-0003"),
    }
    one = around(PLACES[0], 120, 5)
    near = [PLACES[0] + shift * np.eye(DIMS)[5] for shift in (-0.2, 0.2)]
    assert separated_pairs(one, segments(*near)) == frozenset()
    assert separated_pairs(one, segments(*near, separated_pairs=[(1, 2)])) == {("s-0001", "s-0002")}
    former = Place(("s-0001",), near[0][None], np.ones(1), frozenset({("s-0001", "s-0009")}), np.empty((0, 0)))
    assert separated_pairs(one, former) == frozenset()


def test_a_pair_is_known_to_be_apart_however_many_segments_are_nearer() -> None:
    #  six on a line, ten apart: the first and the last may meet one day
    line = [10.0 * at * np.eye(DIMS)[0] for at in range(6)]
    x = np.concatenate([around(place, 40, at) for at, place in enumerate(line)])
    assert ("s-0001", "s-0006") in separated_pairs(x, segments(*line))
    assert len(separated_pairs(x, segments(*line))) == 15


def separated_pairs(x: Floats, place: Place) -> frozenset[tuple[str, str]]:
    return update_separated_pairs(
        x, nearest_centroids(x, place.centroids)[0], place.ids, place.centroids, place.separated_pairs
    )


def test_everyone_is_located_at_the_nearest_centroid() -> None:
    x, centroids = np.random.default_rng(0).normal(size=(50, 6)), np.random.default_rng(1).normal(size=(5, 6))
    nearest, distance = nearest_centroids(x, centroids)
    auto_promotion_paused = np.linalg.norm(x[:, None] - centroids[None], axis=2)
    assert nearest.tolist() == auto_promotion_paused.argmin(axis=1).tolist()
    np.testing.assert_allclose(distance, auto_promotion_paused.min(axis=1), rtol=1e-12)
