"""Which segment's id a cluster carries on when clusters are fitted again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stream.core.arrays import Floats
from stream.core.output import Sample
from stream.training.cluster.centroids import cluster_means, thresholds
from stream.training.cluster.kmeans import kmeans_labels
from stream.training.describe.model_builder import model_without_descriptions
from stream.training.sample.population import Population, assign_by_model
from stream.training.structure.match_ids import candidate_segments, switch_to, unchanged_segments
from stream.training.values.health import Reference
from stream.training.values.reservoir import ReservoirEntry, priority_of, sampled_profiles
from stream.training.values.state import SegmentsState, ids_from
from tests.core.builders import plain_scaler
from tests.core.planted import MASS

DIMS = 4
PLACES = np.array([[0.0, 0, 0, 0], [9, 0, 0, 0], [0, 9, 0, 0]])
NOTHING = np.zeros(0)
SCALER = plain_scaler(0, DIMS, 1.0)  # a profile is what it is


def state(centroids: Floats = PLACES, next_id: int = 0) -> SegmentsState:
    """Return segments s-0001, s-0002, ... with a threshold of 3, each the mean of 40 samples."""
    k = len(centroids)
    empty = Reference(np.zeros((0, 9)), np.zeros((0, 10)), {})
    counts = np.full(k, 40.0)
    return SegmentsState(
        "e1", (), SCALER, ids_from(1, k), next_id or k + 1, centroids, counts, counts / 2, np.full(k, 3.0), empty
    )


def population_of(*groups: tuple[str, Floats, int], seed: int = 0) -> Population:
    """Return users around places; a cluster is `(home segment, place, number of users)`."""
    rng = np.random.default_rng(seed)
    x = np.concatenate([place + rng.normal(0, 0.5, (n, DIMS)) for _, place, n in groups])
    home_segments = [home for home, _, n in groups for _ in range(n)]
    samples = [
        Sample(f"u{at}", 0, NOTHING, row.astype(np.float32), MASS, np.zeros(DIMS, np.float32), (), "e1", home)
        for at, (row, home) in enumerate(zip(x, home_segments, strict=True))
    ]
    entries = [ReservoirEntry(sample, sample.segment, priority_of(sample.user)) for sample in samples]
    raw = sampled_profiles(samples)
    return Population(entries, home_segments, raw, SCALER.transform(raw).astype(np.float64), np.ones(len(x)))


def draft(before: SegmentsState, population: Population, centroids: Floats, n_min: int = 10) -> SegmentsState:
    return candidate_segments(before, population, np.asarray(centroids), before.next_id, 0.0, n_min)


AT_HOME = tuple((f"s-000{at + 1}", PLACES[at], n) for at, n in enumerate((60, 50, 20)))


@pytest.mark.parametrize("seed", range(3))
def test_the_same_users_fitted_with_another_seed_change_no_id(seed: int) -> None:
    population = population_of(*AT_HOME, seed=seed)
    fitted = cluster_means(
        population.x, population.weights, kmeans_labels(population.x, population.weights, 3, seed + 1)
    )
    found = draft(state(), population, fitted[::-1])
    assert {i: tuple(np.rint(c / 9)) for i, c in zip(found.ids, found.centroids, strict=True)} == {
        f"s-000{at + 1}": tuple(PLACES[at] / 9) for at in range(3)
    }
    assert found.next_id == 4


def test_a_segment_with_the_same_centroid_is_unchanged() -> None:
    before, population = state(), population_of(*AT_HOME)
    found = draft(before, population, PLACES[[2, 0]])
    assert found.ids == ("s-0003", "s-0001")
    for name in ("centroids", "thresholds", "counts", "squares"):
        assert getattr(found, name).tolist() == getattr(before, name)[[2, 0]].tolist()
    assert unchanged_segments(before, found) == ("s-0003", "s-0001")


def test_a_new_cluster_counts_its_users_and_has_a_threshold_of_its_own() -> None:
    place = np.array([0.0, 0, 9, 0])
    population = population_of(*AT_HOME, ("", place, 55))
    found = draft(state(), population, np.stack([*PLACES, place]))
    assert found.ids == ("s-0001", "s-0002", "s-0003", "s-0004")
    assert (found.counts.tolist(), found.squares.tolist()) == ([40.0, 40, 40, 55], [20.0, 20, 20, 55])
    own = np.linalg.norm(population.x[130:] - place, axis=1) * 55 / 54  # to a mean of the others
    assert found.thresholds[3] == pytest.approx(thresholds(own, np.zeros(55, np.intp), np.ones(55), 1, 0.0)[0])
    assert unchanged_segments(state(), found) == ("s-0001", "s-0002", "s-0003")


def test_the_larger_part_of_a_split_keeps_the_id() -> None:
    near = [PLACES[0] + shift for shift in ([0, 0, 2.0, 0], [0, 0, -2.0, 0])]
    population = population_of(("s-0001", near[0], 20), ("s-0001", near[1], 40), *AT_HOME[1:])
    found = draft(state(), population, np.stack([near[0], near[1], *PLACES[1:]]))
    assert found.ids == ("s-0004", "s-0001", "s-0002", "s-0003")
    assert unchanged_segments(state(), found) == ("s-0002", "s-0003")


def test_a_merged_cluster_has_the_id_of_the_larger_segment() -> None:
    middle = PLACES[:2].mean(axis=0)
    population = population_of(("s-0001", middle, 20), ("s-0002", middle, 45), AT_HOME[2])
    assert draft(state(), population, np.stack([middle, PLACES[2]])).ids == ("s-0002", "s-0003")


def test_a_segment_that_moved_keeps_its_id_and_a_small_remainder_is_no_segment() -> None:
    #  of 50 users of s-0002, 45 are elsewhere now and 5 where they were: fewer than ten, and than a fifth
    place = np.array([0.0, 0, 0, 9])
    population = population_of(AT_HOME[0], ("s-0002", place, 45), ("s-0002", PLACES[1], 5), AT_HOME[2])
    found = draft(state(), population, np.stack([*PLACES, place]))
    assert found.ids == ("s-0001", "s-0003", "s-0002")
    assert found.centroids.tolist() == np.stack([PLACES[0], PLACES[2], place]).tolist()


def test_a_large_remainder_is_a_segment_of_its_own() -> None:
    #  38 of 50 users are elsewhere: 0.76 is more than 0.24 and the place, which counts as a half; 0.72 is not
    place = np.array([0.0, 0, 0, 9])
    population = population_of(AT_HOME[0], ("s-0002", place, 36), ("s-0002", PLACES[1], 14), AT_HOME[2])
    assert draft(state(), population, np.stack([*PLACES, place])).ids == ("s-0001", "s-0002", "s-0003", "s-0004")
    population = population_of(AT_HOME[0], ("s-0002", place, 38), ("s-0002", PLACES[1], 12), AT_HOME[2])
    found = draft(state(), population, np.stack([*PLACES, place]))
    assert found.ids == ("s-0001", "s-0004", "s-0003", "s-0002")
    assert draft(state(), population, np.stack([*PLACES, place]), n_min=15).ids == ("s-0001", "s-0003", "s-0002")


def test_a_segment_without_users_keeps_its_id() -> None:
    found = draft(state(), population_of(*AT_HOME[:2]), PLACES)
    assert found.ids == ("s-0001", "s-0002", "s-0003")


def test_switch_to_a_model_continues_kept_segments_from_their_current_centroids() -> None:
    before, population = state(), population_of(*AT_HOME, ("", np.array([0.0, 0, 9, 0]), 25))
    candidate = draft(before, population, np.stack([*PLACES[:2], [0.0, 0, 9, 0]]))
    assert candidate.ids == ("s-0001", "s-0002", "s-0004")
    model = model_without_descriptions(candidate)
    moved = replace(
        before,
        centroids=before.centroids + 0.1,
        separated_pairs=(("s-0001", "s-0002"), ("s-0001", "s-0003")),
        underpopulated_since_ms={"s-0002": 5, "s-0003": 7},
    )
    found = switch_to(moved, model, assign_by_model(population, model), ("s-0001", "s-0003"))
    assert (found.ids, found.next_id) == (model.ids, 5)
    assert found.centroids[0].tolist() == moved.centroids[0].tolist()
    assert found.centroids[1:].tolist() == model.centroids[1:].tolist()
    assert (found.counts.tolist(), found.squares.tolist()) == ([40.0, 50, 25], [20.0, 50, 25])
    assert found.thresholds.tolist() == [3.0, *model.thresholds[1:]]
    assert (found.separated_pairs, found.underpopulated_since_ms) == ((("s-0001", "s-0002"),), {"s-0002": 5})
    assert switch_to(replace(moved, next_id=9), model, assign_by_model(population, model), ()).next_id == 9
