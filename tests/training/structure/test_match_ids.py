"""Which segment a group goes on as when groups are drawn anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stream.core.arrays import Floats
from stream.core.output import Sample
from stream.core.profile import Profiles
from stream.core.segment_model import Scaler
from stream.training.cluster.kmeans import start, thresholds
from stream.training.describe.model_builder import model_without_descriptions
from stream.training.sample.population import Population, assign_by_model
from stream.training.structure.match_ids import candidate_segments, switch_to, unchanged_segments
from stream.training.values.health import Reference
from stream.training.values.reservoir import ReservoirEntry, priority_of
from stream.training.values.state import TrainerState, ids_from

DIMS = 4
PLACES = np.array([[0.0, 0, 0, 0], [9, 0, 0, 0], [0, 9, 0, 0]])
NOTHING = np.zeros(0)
SCALER = Scaler(NOTHING, NOTHING, np.zeros(DIMS, np.float32), 1.0, 1.0)  # a profile is what it is


def state(centroids: Floats = PLACES, next_id: int = 0) -> TrainerState:
    """Segments s-0001, s-0002, ... with a threshold of 3, each the mean of 40 samples."""
    k = len(centroids)
    empty = Reference(np.zeros((0, 9)), np.zeros((0, 10)), {})
    counts = np.full(k, 40.0)
    return TrainerState(
        "e1", (), SCALER, ids_from(1, k), next_id or k + 1, centroids, counts, counts / 2, np.full(k, 3.0), empty
    )


def folk(*groups: tuple[str, Floats, int], seed: int = 0) -> Population:
    """By `(home, place, how many)`."""
    rng = np.random.default_rng(seed)
    x = np.concatenate([place + rng.normal(0, 0.5, (n, DIMS)) for _, place, n in groups])
    home_segments = [home for home, _, n in groups for _ in range(n)]
    samples = [
        Sample(f"u{at}", 0, NOTHING, row.astype(np.float32), (), "e1", home)
        for at, (row, home) in enumerate(zip(x, home_segments, strict=True))
    ]
    people = [ReservoirEntry(sample, sample.segment, priority_of(sample.user)) for sample in samples]
    raw = Profiles(np.zeros((len(x), 0)), np.stack([sample.semantic for sample in samples]))
    return Population(people, home_segments, raw, SCALER.transform(raw).astype(np.float64), np.ones(len(x)))


def draft(before: TrainerState, seen: Population, centroids: Floats, n_min: int = 10) -> TrainerState:
    return candidate_segments(before, seen, np.asarray(centroids), before.next_id, 0.0, n_min)


AT_HOME = tuple((f"s-000{at + 1}", PLACES[at], n) for at, n in enumerate((60, 50, 20)))


@pytest.mark.parametrize("seed", range(3))
def test_the_same_people_fitted_with_another_seed_change_no_id(seed: int) -> None:
    seen = folk(*AT_HOME, seed=seed)
    fitted = start(seen.x, seen.weights, 3, seed + 1)
    found = draft(state(), seen, fitted[::-1])
    assert {i: tuple(np.rint(c / 9)) for i, c in zip(found.ids, found.centroids, strict=True)} == {
        f"s-000{at + 1}": tuple(PLACES[at] / 9) for at in range(3)
    }
    assert found.next_id == 4


def test_a_segment_that_is_where_it_was_is_as_it_was() -> None:
    before, seen = state(), folk(*AT_HOME)
    found = draft(before, seen, PLACES[[2, 0]])
    assert found.ids == ("s-0003", "s-0001")
    for name in ("centroids", "thresholds", "counts", "squares"):
        assert getattr(found, name).tolist() == getattr(before, name)[[2, 0]].tolist()
    assert unchanged_segments(before, found) == ("s-0003", "s-0001")


def test_a_new_group_counts_the_people_nearest_to_it_and_has_a_threshold_of_its_own() -> None:
    place = np.array([0.0, 0, 9, 0])
    seen = folk(*AT_HOME, ("", place, 55))
    found = draft(state(), seen, np.stack([*PLACES, place]))
    assert found.ids == ("s-0001", "s-0002", "s-0003", "s-0004")
    assert (found.counts.tolist(), found.squares.tolist()) == ([40.0, 40, 40, 55], [20.0, 20, 20, 55])
    own = np.linalg.norm(seen.x[130:] - place, axis=1) * 55 / 54  # to a mean of the others
    assert found.thresholds[3] == pytest.approx(thresholds(own, np.zeros(55, np.intp), np.ones(55), 1, 0.0)[0])
    assert unchanged_segments(state(), found) == ("s-0001", "s-0002", "s-0003")


def test_of_two_parts_the_larger_keeps_the_id() -> None:
    near = [PLACES[0] + shift for shift in ([0, 0, 2.0, 0], [0, 0, -2.0, 0])]
    seen = folk(("s-0001", near[0], 20), ("s-0001", near[1], 40), *AT_HOME[1:])
    found = draft(state(), seen, np.stack([near[0], near[1], *PLACES[1:]]))
    assert found.ids == ("s-0004", "s-0001", "s-0002", "s-0003")
    assert unchanged_segments(state(), found) == ("s-0002", "s-0003")


def test_of_two_that_met_the_one_with_more_people_goes_on() -> None:
    middle = PLACES[:2].mean(axis=0)
    seen = folk(("s-0001", middle, 20), ("s-0002", middle, 45), AT_HOME[2])
    assert draft(state(), seen, np.stack([middle, PLACES[2]])).ids == ("s-0002", "s-0003")


def test_who_moved_keeps_the_id_and_the_few_left_behind_are_no_segment() -> None:
    #  of 50 people of s-0002, 45 are elsewhere now and 5 where they were: fewer than ten, and than a fifth
    place = np.array([0.0, 0, 0, 9])
    seen = folk(AT_HOME[0], ("s-0002", place, 45), ("s-0002", PLACES[1], 5), AT_HOME[2])
    found = draft(state(), seen, np.stack([*PLACES, place]))
    assert found.ids == ("s-0001", "s-0003", "s-0002")
    assert found.centroids.tolist() == np.stack([PLACES[0], PLACES[2], place]).tolist()


def test_many_left_behind_are_a_segment_of_their_own() -> None:
    #  38 of 50 people are elsewhere: 0.76 is more than 0.24 and the place, which counts as a half; 0.72 is not
    place = np.array([0.0, 0, 0, 9])
    seen = folk(AT_HOME[0], ("s-0002", place, 36), ("s-0002", PLACES[1], 14), AT_HOME[2])
    assert draft(state(), seen, np.stack([*PLACES, place])).ids == ("s-0001", "s-0002", "s-0003", "s-0004")
    seen = folk(AT_HOME[0], ("s-0002", place, 38), ("s-0002", PLACES[1], 12), AT_HOME[2])
    found = draft(state(), seen, np.stack([*PLACES, place]))
    assert found.ids == ("s-0001", "s-0004", "s-0003", "s-0002")
    assert draft(state(), seen, np.stack([*PLACES, place]), n_min=15).ids == ("s-0001", "s-0003", "s-0002")


def test_a_segment_without_people_keeps_its_id_while_it_stays() -> None:
    found = draft(state(), folk(*AT_HOME[:2]), PLACES)
    assert found.ids == ("s-0001", "s-0002", "s-0003")


def test_training_goes_on_from_an_adopted_model_but_with_kept_segments_where_they_are_now() -> None:
    before, seen = state(), folk(*AT_HOME, ("", np.array([0.0, 0, 9, 0]), 25))
    candidate = draft(before, seen, np.stack([*PLACES[:2], [0.0, 0, 9, 0]]))
    assert candidate.ids == ("s-0001", "s-0002", "s-0004")
    model = model_without_descriptions(candidate)
    moved = replace(
        before,
        centroids=before.centroids + 0.1,
        separated_pairs=(("s-0001", "s-0002"), ("s-0001", "s-0003")),
        underpopulated_since_ms={"s-0002": 5, "s-0003": 7},
    )
    found = switch_to(moved, model, assign_by_model(seen, model), ("s-0001", "s-0003"))
    assert (found.ids, found.next_id) == (model.ids, 5)
    assert found.centroids[0].tolist() == moved.centroids[0].tolist()
    assert found.centroids[1:].tolist() == model.centroids[1:].tolist()
    assert (found.counts.tolist(), found.squares.tolist()) == ([40.0, 50, 25], [20.0, 50, 25])
    assert found.thresholds.tolist() == [3.0, *model.thresholds[1:]]
    assert (found.separated_pairs, found.underpopulated_since_ms) == ((("s-0001", "s-0002"),), {"s-0002": 5})
    assert switch_to(replace(moved, next_id=9), model, assign_by_model(seen, model), ()).next_id == 9
