"""One batch: who is learned from, how the past fades, and who flipped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stream.core.arrays import Floats
from stream.core.output import Sample
from stream.core.policy import DAY_MS
from stream.core.reserved import UNKNOWN
from stream.training.steps.learn import learn
from stream.training.values.candidate import Candidate, RolloutState
from stream.training.values.promotion import Cause
from stream.training.values.reservoir import sampled_profiles
from stream.training.values.state import TrainerState, effective_sizes
from stream.training.values.structure_change import ChangeKind, StructureChange
from tests.core.planted import PlantedPopulation, bits
from tests.training.harness import TrainerHarness, at_day, policy_of

N = 100


@pytest.fixture(scope="module")
def population() -> PlantedPopulation:
    return PlantedPopulation(shares=(0.6, 0.4))


@pytest.fixture(scope="module")
def trainer(population: PlantedPopulation) -> TrainerHarness:
    """Two groups, s-0001 of 60 users and s-0002 of 40, on the first day."""
    trainer = TrainerHarness(policy_of(N, n_segments=2, learning_half_life_ms=2 * DAY_MS))
    trainer.day(population.day(N, at_day(0)))
    return trainer


def after(trainer: TrainerHarness, samples: list[Sample]) -> TrainerState:
    return learn(trainer.state, samples, trainer.policy)


def scaled(trainer: TrainerHarness, samples: list[Sample]) -> Floats:
    raw = sampled_profiles(samples)
    return trainer.state.segments.scaler.transform(raw).astype(np.float64)


def loose(state: TrainerState) -> TrainerState:
    """Return the state with thresholds so large that no sample is unknown."""
    return replace(state, segments=replace(state.segments, thresholds=state.segments.thresholds * 9))


def without_users(state: TrainerState) -> TrainerState:
    return replace(state, users=replace(state.users, reservoir={}))


def test_a_centroid_is_the_mean_in_which_every_sample_counts_half_after_a_half_life(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    before = trainer.state.segments
    samples = [population.user_of(0, f"u{at}", at_day(2)) for at in range(20)]
    found, x = learn(loose(trainer.state), samples, trainer.policy).segments, scaled(trainer, samples)
    assert before.counts.tolist() == [60, 40]
    mean = (30 * before.centroids[0] + x.sum(axis=0)) / (30 + 20)
    np.testing.assert_allclose(found.centroids[0], mean, rtol=1e-12)
    assert found.centroids[1].tolist() == before.centroids[1].tolist()
    assert found.counts.tolist() == [50, 20]
    # Kish: 60 samples at a half and 20 at one; 40 at a half
    assert effective_sizes(found).tolist() == pytest.approx([50**2 / (60 / 4 + 20), 20**2 / (40 / 4)])
    assert found.watermark_ms == at_day(2)


def test_a_population_that_moved_is_followed_within_about_a_half_life(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    #  what plain MiniBatchKMeans needs as long for as it has learned before: here 40 days, then 2 days of half-life
    state, n_days = trainer.state, 40
    for day in range(1, n_days):
        state = learn(state, population.day(N, at_day(day)), trainer.policy)
    old = state.segments.centroids[0].copy()
    moved = PlantedPopulation(shares=(0.6, 0.4))
    moved.semantic[0] = moved.semantic[0] + 0.15 * moved.semantic[1]
    new = scaled(trainer, [moved.user_of(0, "v", 0) for _ in range(200)]).mean(axis=0)
    state, way = loose(state), []
    for day in range(n_days, n_days + 8):
        state = learn(state, moved.day(N, at_day(day)), trainer.policy)
        way.append(float((state.segments.centroids[0] - old) @ (new - old) / np.square(new - old).sum()))
    # with as many users every day, what is left of the previous place halves in every half-life
    np.testing.assert_allclose(way, [1 - 0.5 ** (day / 2) for day in range(1, 9)], atol=0.1)
    assert way[1] > 0.4


def test_a_sample_far_from_every_segment_moves_none_but_is_in_the_reservoir(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    far = [replace(population.user_of(0, f"far{at}", at_day(0)), explicit=np.full(3, 99.0)) for at in range(9)]
    state = after(trainer, far)
    assert state.segments.centroids.tobytes() == trainer.state.segments.centroids.tobytes()
    assert (state.segments.counts.tolist(), state.segments.squares.tolist()) == ([60, 40], [60, 40])
    assert {state.users.reservoir[s.user].stratum for s in far} == {UNKNOWN}
    near = after(trainer, [population.user_of(1, "near", at_day(0))])
    assert near.users.reservoir["near"].stratum == "s-0002"


def test_a_sample_nearer_to_a_watched_cluster_does_not_move_the_segment(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    #  a candidate that says s-0009 is born, in the middle of s-0002
    samples = [population.user_of(1, f"n{at}", at_day(0)) for at in range(9)]
    place = scaled(trainer, samples).mean(axis=0)
    centroids = trainer.state.segments.centroids
    shadow = replace(trainer.serving, version=2, ids=("s-0001", "s-0009"), centroids=np.stack([centroids[0], place]))
    birth = StructureChange(ChangeKind.BORN, ("s-0009",))
    candidate = Candidate(2, 0, Cause.STRUCTURE_CHANGE, (birth,), 9, ("s-0001",), ("s-0009",))
    registry = replace(trainer.state.registry, models={**trainer.state.registry.models, 2: shadow})
    state = replace(trainer.state, registry=registry, rollout=RolloutState(candidate))
    nearer = [s for s, x in zip(samples, scaled(trainer, samples), strict=True) if _nearer(x, place, trainer)]
    assert len(nearer) > 2
    assert learn(state, nearer, trainer.policy).segments.centroids.tobytes() == centroids.tobytes()
    assert after(trainer, nearer).segments.centroids.tobytes() != centroids.tobytes()


def _nearer(x: Floats, place: Floats, trainer: TrainerHarness) -> bool:
    own = trainer.state.segments.centroids[1]
    return bool(np.linalg.norm(x - place.astype(np.float32)) < np.linalg.norm(x - own) - 1e-6)


def test_the_watermark_does_not_go_back(trainer: TrainerHarness, population: PlantedPopulation) -> None:
    late = [population.user_of(0, "late", at_day(0) - 5 * DAY_MS)]
    found = after(trainer, late)
    assert (found.watermark_ms, found.segments.counts.tolist()) == (at_day(0), [61, 40])


def test_flips_are_counted_among_the_days_between_two_samples_by_hand(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    #  u1    s-0001 on day 2, s-0002 on day 4, s-0002 on day 5     one flip in 3 days, were day 5 not a tenth ahead:
    #                                                             the batch has reached day 4, so in 2
    #  u2    "" on day 2: nothing to compare with, nor is day 3
    #  u3    s-0001 on day 2, s-0001 a day before: no flip, no time
    def at(user: str, segment: str, day: int) -> Sample:
        return replace(population.user_of(0, user, at_day(day)), segment=segment)

    first = [at("u1", "s-0001", 2), at("u2", "", 2), at("u3", "s-0001", 2)]
    state = learn(without_users(trainer.state), first, trainer.policy)
    assert (state.flips, state.user_days) == (0, 0.0)
    then = [at("u1", "s-0002", 4), at("u2", "s-0001", 3), at("u3", "s-0001", 1), at("u1", "s-0002", 5)]
    found = learn(state, then, trainer.policy)
    assert (found.flips, found.user_days) == (1, 2.0)


def test_learning_changes_no_argument(trainer: TrainerHarness, population: PlantedPopulation) -> None:
    before = bits(trainer.state)
    learn(trainer.state, population.day(N, at_day(3)), trainer.policy)
    assert bits(trainer.state) == before


def test_a_move_expected_by_a_model_is_no_flip_and_any_other_is(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    #  sampled in s-0001 on day 2; then a model takes them to s-0002
    samples = [replace(population.user_of(0, f"u{at}", at_day(2)), segment="s-0001") for at in range(3)]
    state = learn(without_users(trainer.state), samples, trainer.policy)
    reservoir = {user: replace(entry, expected_segment="s-0002") for user, entry in state.users.reservoir.items()}
    state = replace(state, users=replace(state.users, reservoir=reservoir))
    where = ("s-0001", "s-0002", "s-0003")  # not there yet, there, elsewhere
    then = [replace(s, time_ms=at_day(3), segment=segment) for s, segment in zip(samples, where, strict=True)]
    state = learn(state, then, trainer.policy)
    assert (state.flips, state.user_days) == (1, 3.0)
    assert {entry.expected_segment for entry in state.users.reservoir.values()} == {""}
    back = [replace(s, time_ms=at_day(4), segment="s-0001") for s in then]
    assert learn(state, back, trainer.policy).flips == 1 + 2
