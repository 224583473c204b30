"""The first segments of planted users."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from stream.core.output import Sample
from stream.core.profile import Profiles
from stream.training.cluster.choose_k import choose_k
from stream.training.sample.population import Population, build_population
from stream.training.sample.signal_subspace import SignalSubspace
from stream.training.structure.fit import fit_clusters
from stream.training.values.health import Figure
from stream.training.values.lineage import Lineage, LineageEvent
from stream.training.values.outputs import Published, Served
from stream.training.values.promotion import Cause, Promotion, Status, Trigger
from tests.core.planted import FEATURES, N_SEMANTIC, PlantedPopulation, assign_samples, sample
from tests.training.harness import TrainerHarness, at_day, policy_of, warnings

N = 200


def test_planted_groups_are_recovered_and_born_largest_first() -> None:
    population, trainer = PlantedPopulation(), TrainerHarness(policy_of(N))
    outputs = trainer.day(population.day(N, at_day(0)))
    samples, groups = population.draw(300)
    labels, unknown = assign_samples(trainer.serving, samples)
    assert adjusted_rand_score(groups, labels) == 1.0
    assert unknown.mean() < 0.05
    assert trainer.serving.ids == ("s-0001", "s-0002", "s-0003", "s-0004")
    published, promotion, served = outputs
    assert isinstance(published, Published)
    assert isinstance(promotion, Promotion)
    assert isinstance(served, Served)
    assert published.model is served.model is trainer.serving
    assert (promotion.segment_model, promotion.previous_model, promotion.status) == (1, 0, Status.PROMOTED)
    assert (promotion.trigger, promotion.cause) == (Trigger.WARM_UP, Cause.WARM_UP)
    share = trainer.serving.descriptions[3].share
    assert promotion.lineage[3] == Lineage("s-0004", LineageEvent.BORN, (), 1, share)
    assert [event.event for event in promotion.lineage] == [LineageEvent.BORN] * 4
    assert trainer.state.segments.next_id == 5


def test_descriptions_tell_the_words_and_features_of_the_group() -> None:
    population, trainer = PlantedPopulation(), TrainerHarness(policy_of(N))
    trainer.day(population.day(N, at_day(0)))
    assert [d.name for d in trainer.serving.descriptions[:3]] == ["Soda cola", "Bread rolls", "Milk yogurt"]
    assert [d.texts for d in trainer.serving.descriptions[:3]] == [("soda cola",), ("bread rolls",), ("milk yogurt",)]
    assert "运动鞋" in trainer.serving.descriptions[3].name
    means = population.explicit - population.explicit.T @ np.array(population.shares)
    for group, described in enumerate(trainer.serving.descriptions):
        for name, deviations in described.features:
            assert np.sign(deviations) == np.sign(means[group, FEATURES.index(name)])


def test_a_small_group_that_the_criterion_overlooks_is_still_a_segment() -> None:
    #  two large groups and a ring of 12 beside one of them, for which the silhouette has no third
    population = PlantedPopulation(shares=(0.5, 0.44, 0.06), spread=0.03)
    population.explicit = np.array([[0.0] * 3, [3.0] * 3, [3.0] * 3])
    population.semantic[2] = population.semantic[1] + 0.6 * population.semantic[2]
    samples = population.day(N, at_day(0))
    trainer = TrainerHarness(policy_of(N, unknown_rate=0.0))
    trainer.day(samples)
    scaled = build_population(trainer.state.users, trainer.state.segments.scaler)
    assert choose_k(scaled.x, scaled.weights, 24, "silhouette", 0) == 2
    (at,), (unknown,) = assign_samples(trainer.serving, [population.user_of(2, "ring")])
    assert not unknown
    assert trainer.serving.descriptions[at].n_users == 12


def test_groups_that_are_ever_farther_apart_are_all_found() -> None:
    #  nine groups, each six times as far out as the one before: a fit sees the outermost, every cut parts another
    x = np.repeat(6.0 ** np.arange(9), 20)[:, None] + np.random.default_rng(0).normal(0, 0.05, (180, 1))
    seen = Population([], [], Profiles(x, x.astype(np.float32), np.ones(180, np.float32)), x, np.ones(180))
    groups = fit_clusters(
        seen, SignalSubspace(np.zeros((0, 0)), 0.0), policy_of(180, unknown_rate=0.0, k_criterion="elbow"), 0, 0
    )
    assert np.sort(groups.centroids[:, 0]) == pytest.approx(6.0 ** np.arange(9), abs=0.05)


def test_with_hdbscan_dense_clusters_are_the_segments_and_users_between_them_are_unknown() -> None:
    population = PlantedPopulation(shares=(0.5, 0.3, 0.15, 0.05), spread=0.03)
    scattered = [replace(s, explicit=9 * np.array(s.explicit) * at) for at, s in enumerate(population.day(9), 1)]
    trainer = TrainerHarness(policy_of(N, clusterer="hdbscan", segment_users_min=8))
    trainer.day([*population.day(191, at_day(0)), *(replace(s, user=f"x{s.user}") for s in scattered)])
    samples, groups = population.draw(300)
    labels, unknown = assign_samples(trainer.serving, samples)
    assert adjusted_rand_score(groups[~unknown], labels[~unknown]) == 1.0
    assert len(trainer.serving.ids) == 4


def test_noise_of_hdbscan_stays_unknown_as_days_go_by() -> None:
    #  a sixth of the users are anywhere, others every day
    population, rng = PlantedPopulation(shares=(0.5, 0.3, 0.2), seed=1), np.random.default_rng(1)

    def anywhere(n: int) -> list[Sample]:
        units = [v / np.linalg.norm(v) for v in rng.normal(size=(n, N_SEMANTIC)).astype(np.float32)]
        return [
            replace(population.user_of(0, f"x{at}"), explicit=rng.normal(0, 3, 3), semantic=v)
            for at, v in enumerate(units)
        ]

    strangers, fresh = anywhere(200), population.draw(300)[0]
    trainer = TrainerHarness(policy_of(240, clusterer="hdbscan"))
    for day in range(9):
        here = [replace(s, time_ms=at_day(day)) for s in anywhere(40)]
        trainer.day([*population.day(200, at_day(day)), *here])
        assert len(trainer.serving.ids) == 3
        assert assign_samples(trainer.serving, strangers)[1].mean() > 0.9
        assert assign_samples(trainer.serving, fresh)[1].mean() < 0.1


def test_with_hdbscan_a_population_without_dense_clusters_is_one_segment() -> None:
    trainer = TrainerHarness(policy_of(20, clusterer="hdbscan", segment_users_min=30))
    trainer.day(PlantedPopulation().day(20, at_day(0)))
    assert trainer.serving.ids == ("s-0001",)


def test_there_are_no_more_segments_than_distinct_profiles() -> None:
    samples = [replace(sample(direction=at % 2), user=f"u{at}") for at in range(6)]
    trainer = TrainerHarness(policy_of(6, n_segments=5))
    trainer.day(samples)
    assert trainer.serving.ids == ("s-0001", "s-0002")
    trainer.day([replace(s, time_ms=1) for s in samples])
    labels, unknown = assign_samples(trainer.serving, samples)
    assert (labels.tolist(), unknown.tolist()) == ([0, 1, 0, 1, 0, 1], [False] * 6)


@pytest.mark.parametrize("n_segments", [0, 5])
def test_identical_users_without_texts_are_one_known_segment(n_segments: int) -> None:
    trainer = TrainerHarness(policy_of(5, n_segments=n_segments))
    trainer.day([replace(sample(), user=f"u{at}") for at in range(5)])
    assert trainer.serving.scaler.explicit_weight == 1.0
    assert (Figure.SPREAD, "") in warnings(trainer.outputs[0])
    assert [d.name for d in trainer.serving.descriptions] == ["All users"]
    assert not assign_samples(trainer.serving, [sample()])[1].any()


def test_one_user_is_a_population() -> None:
    trainer = TrainerHarness(policy_of(3))
    trainer.day([sample((1.0, 2.0, 3.0))] * 3)
    assert (trainer.serving.ids, trainer.serving.descriptions[0].n_users) == (("s-0001",), 1)
