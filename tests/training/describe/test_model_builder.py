"""Segment models built from a state and the users in the reservoir."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b

import numpy as np
import pytest

from stream.core.arrays import Floats
from stream.core.profile import Profiles
from stream.core.reserved import UNKNOWN
from stream.core.segment_model import distances
from stream.training.cluster.centroids import thresholds
from stream.training.describe.member_hash import hash_member_id
from stream.training.describe.model_builder import (
    GROWTH_MAX,
    build_model,
    calibrate_thresholds,
    objective,
    persisted_share,
    segment_shares,
)
from stream.training.sample.population import (
    Assignments,
    Population,
    assign_by_model,
    assign_held_out,
    build_population,
    updated_home_segments,
)
from stream.training.values.health import Baseline
from stream.training.values.state import SampledUsers, effective_sizes
from tests.core.planted import PlantedPopulation
from tests.training.harness import TrainerHarness, at_day, policy_of

NO_CENTROIDS = np.empty((0, 0))
LENIENT = policy_of(100, unknown_rate=0.05)


@pytest.fixture(scope="module")
def trainer() -> TrainerHarness:
    """Return a run on four clusters of 120, 90, 60 and 30 users, trained on twice."""
    population, trainer = PlantedPopulation(spread=0.1), TrainerHarness(policy_of(300, n_segments=4))
    for day in range(2):
        trainer.day(population.day(300, at_day(day)))
    return trainer


@pytest.fixture(scope="module")
def seen(trainer: TrainerHarness) -> Population:
    return build_population(trainer.state.users, trainer.state.segments.scaler)


def test_held_out_assignments_exclude_the_user_from_the_centroid(trainer: TrainerHarness, seen: Population) -> None:
    state = trainer.state.segments
    where = assign_held_out(seen, state.centroids, state.counts, state.thresholds)
    away = np.linalg.norm(seen.x[:, None] - state.centroids[None], axis=2)
    assert where.nearest.tolist() == away.argmin(axis=1).tolist()
    counts = state.counts[where.nearest]
    np.testing.assert_allclose(where.distance, away.min(axis=1) * counts / (counts - 1))
    assert where.known.tolist() == (away.min(axis=1) <= state.thresholds[where.nearest]).tolist()
    assert where.index().tolist() == np.where(where.known, where.nearest, -1).tolist()


def test_a_worker_assigns_every_user_as_the_trainer_does(trainer: TrainerHarness, seen: Population) -> None:
    where, model = assign_by_model(seen, trainer.serving), trainer.serving
    worker = distances(model.scaler.transform(seen.raw), model.centroids)
    assert where.nearest.tolist() == worker.argmin(axis=1).tolist()
    np.testing.assert_allclose(where.distance, worker.min(axis=1), rtol=1e-4)


def test_known_users_have_a_new_home_segment_and_others_keep_theirs() -> None:
    population = PlantedPopulation(shares=(0.5, 0.5))
    trainer = TrainerHarness(policy_of(100, n_segments=2))
    trainer.day(population.day(100, at_day(0)))
    seen = build_population(
        SampledUsers(trainer.state.users.reservoir, home_segments={"u0": "s-0002", "u1": "s-0009"}),
        trainer.state.segments.scaler,
    )
    users = [user.sample.user for user in seen.users]
    known = np.array([user not in ("u1", "u2") for user in users])
    where = Assignments(np.zeros(100, np.intp), np.zeros(100), known)
    assert dict(zip(users, seen.home_segments, strict=True))["u0"] == "s-0002"
    home_segments = updated_home_segments(seen, where, ("s-0001", "s-0002"))
    assert (home_segments["u0"], home_segments["u1"], "u2" in home_segments) == ("s-0001", "s-0009", False)
    assert len(home_segments) == 99
    assert set(seen.current_segments) == {""}


def test_thresholds_are_calibrated_and_grow_by_at_most_a_fiftieth(trainer: TrainerHarness, seen: Population) -> None:
    state = trainer.state.segments
    where = assign_held_out(seen, state.centroids, state.counts, state.thresholds)
    fit = thresholds(where.distance, where.nearest, seen.weights, 4, 0.05)
    close = replace(state, thresholds=fit * np.array([0.5, 2.0, 1 / 1.01, 1.0]))
    found = calibrate_thresholds(close, seen, where, NO_CENTROIDS, LENIENT)
    np.testing.assert_allclose(found, fit * np.array([0.5 * GROWTH_MAX, 1.0, 1.0, 1.0]))
    assert GROWTH_MAX == 1.02
    began = found * np.array([2.0, 0.9, 1.0, 1.1])
    baselines = {
        segment: Baseline(np.zeros(1, np.float32), limit) for segment, limit in zip(state.ids, began, strict=True)
    }
    close = replace(close, reference=replace(state.reference, baselines=baselines))
    dense = calibrate_thresholds(close, seen, where, NO_CENTROIDS, replace(LENIENT, clusterer="hdbscan"))
    np.testing.assert_allclose(dense, found * np.array([1.0, 0.9, 1.0, 1.0]))


def test_users_of_a_watched_cluster_do_not_raise_a_threshold(trainer: TrainerHarness, seen: Population) -> None:
    state = trainer.state.segments

    def limit(population: Population, watched: Floats) -> float:
        where = assign_held_out(population, state.centroids, state.counts, state.thresholds)
        return float(calibrate_thresholds(loose, population, where, watched, LENIENT)[0])

    rows = np.flatnonzero(assign_held_out(seen, state.centroids, state.counts, state.thresholds).nearest == 0)
    far = replace(seen, x=seen.x.copy())
    far.x[rows[:20]] += 0.5
    loose = replace(state, thresholds=state.thresholds * 10)
    stretched = limit(far, NO_CENTROIDS)
    watching = limit(far, far.x[rows[:20]].mean(axis=0)[None])
    alone = replace(far, x=np.delete(far.x, rows[:20], axis=0), weights=far.weights[20:])
    assert watching == pytest.approx(limit(alone, NO_CENTROIDS))
    assert watching < stretched / 2


def test_shares_and_objective_of_an_example_worked_by_hand() -> None:
    x = np.zeros((4, 1))
    empty = Population(
        [], [], Profiles(x, x.astype(np.float32), np.ones(4, np.float32)), x, np.array([1.0, 2.0, 3.0, 4.0])
    )
    where = Assignments(np.array([0, 0, 1, 1]), np.array([1.0, 2.0, 3.0, 100.0]), np.array([True, True, True, False]))
    assert segment_shares(empty, where, ("s-0001", "s-0002")) == {
        "s-0001": pytest.approx(0.3),
        "s-0002": pytest.approx(0.3),
        UNKNOWN: pytest.approx(0.4),
    }
    assert objective(empty, where) == pytest.approx((1 * 1 + 2 * 4 + 3 * 9) / 6)
    assert objective(empty, replace(where, known=np.zeros(4, np.bool_))) == 0.0


def test_a_description_names_typical_members_and_members_on_the_boundary(
    trainer: TrainerHarness, seen: Population
) -> None:
    named = replace(trainer.policy, member_ids=True)
    model = build_model(trainer.state.segments, seen, None, named, "salt")
    away = np.linalg.norm(seen.x[:, None] - trainer.state.segments.centroids[None], axis=2)
    users = np.array([user.sample.user for user in seen.users])
    known = assign_held_out(
        seen, trainer.state.segments.centroids, trainer.state.segments.counts, trainer.state.segments.thresholds
    )
    for at, described in enumerate(model.descriptions):
        rows = known.members(at)
        assert described.typical == tuple(users[rows[np.argsort(away[rows, at])[:3]]].tolist())
        ratio = away[rows, at] / np.delete(away[rows], at, axis=1).min(axis=1)
        assert described.boundary == tuple(users[rows[np.argsort(-ratio)[:3]]].tolist())
    secret = build_model(trainer.state.segments, seen, None, trainer.policy, "salt")
    assert secret.descriptions[0].typical == tuple(
        hash_member_id(user, "salt") for user in model.descriptions[0].typical
    )


def test_a_member_id_is_hashed_with_a_key() -> None:
    assert hash_member_id("李娜", "salt") == blake2b("李娜".encode(), key=b"salt", digest_size=8).hexdigest()
    assert hash_member_id("李娜", "salt") != hash_member_id("李娜", "pepper")
    assert hash_member_id("ann", "x" * 99) == hash_member_id("ann", "x" * 64)


def test_a_single_segment_has_no_boundary() -> None:
    population, trainer = PlantedPopulation(shares=(1.0,)), TrainerHarness(policy_of(60, n_segments=1))
    trainer.day(population.day(60, at_day(0)))
    (described,) = trainer.serving.descriptions
    assert (len(described.typical), described.boundary) == (3, ())


def test_a_description_has_size_trend_rarity_and_effective_size(trainer: TrainerHarness, seen: Population) -> None:
    before = trainer.serving
    halved = replace(
        before, descriptions=tuple(replace(d, share=d.share / 2) for d in before.descriptions[:3]), ids=before.ids[:3]
    )
    model = build_model(trainer.state.segments, seen, halved, replace(trainer.policy, rare_share=0.15), "salt")
    where = assign_held_out(
        seen, trainer.state.segments.centroids, trainer.state.segments.counts, trainer.state.segments.thresholds
    )
    sizes = [len(where.members(at)) for at in range(4)]
    assert [d.n_users for d in model.descriptions] == sizes
    assert [d.share for d in model.descriptions] == pytest.approx([size / sum(sizes) for size in sizes])
    assert [d.trend for d in model.descriptions[:3]] == pytest.approx(
        [d.share / old.share - 1 for d, old in zip(model.descriptions, halved.descriptions, strict=False)]
    )
    assert model.descriptions[3].trend == 0.0  # it is new in this model
    assert [d.rare for d in model.descriptions] == [False, False, False, True]
    assert [d.effective_size for d in model.descriptions] == effective_sizes(trainer.state.segments).tolist()
    assert model.objective == objective(seen, where)
    assert (model.version, model.made_ms) == (0, at_day(1))  # the registry gives the version


def test_an_effective_size_is_that_of_kish(trainer: TrainerHarness) -> None:
    #  weights 1, 1, 1/2, 1/2: 3 squared by 1 + 1 + 1/4 + 1/4; nothing is worth nothing
    state = replace(trainer.state.segments, counts=np.array([3.0, 7.0, 0.0]), squares=np.array([2.5, 7.0, 0.0]))
    assert effective_sizes(state).tolist() == [9 / 2.5, 7.0, 0.0]


def test_a_segment_persists_by_the_users_of_before_or_by_those_of_now() -> None:
    weights, was = np.array([1.0, 1.0, 2.0, 4.0]), np.array([True, True, True, False])
    assert persisted_share(was, np.array([0, 1]), weights) == 1.0  # half left, and all of now were there
    assert persisted_share(was, np.array([0, 1, 2, 3]), weights) == 1.0  # it grew
    assert persisted_share(was, np.array([0, 3]), weights) == 0.25  # 1 of 4 of before, and 1 of 5 of now
    assert persisted_share(~was & False, np.array([0]), weights) == 1.0
    assert persisted_share(was, np.zeros(0, np.intp), weights) == 1.0
