from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import fields, replace

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from stream.core.output import Sample
from stream.core.profile import Profiles
from stream.core.training.lineage import Lineage
from stream.core.training.policy import TrainingPolicy
from stream.core.training.state import DISTANCES_KEPT, TrainerState
from stream.core.training.train import Trained, fit_scaler, needed, train
from tests.core.planted import FEATURES, N_SEMANTIC, Population, bits, sample, see

POLICY = TrainingPolicy(n_segments=4, warm_up_samples=400, batch_samples=200)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """As in production; more threads only wait for each other on matrices this small."""
    with threadpool_limits(1):
        yield


def step(state: TrainerState | None, samples: list[Sample], policy: TrainingPolicy = POLICY) -> Trained:
    trained = train(state, samples, policy, 0.7, FEATURES)
    assert trained is not None
    return trained


def run(population: Population, n_batches: int, policy: TrainingPolicy = POLICY) -> list[Trained]:
    """A warm-up and n batches."""
    steps = [step(None, population.draw(policy.warm_up_samples)[0], policy)]
    for _ in range(n_batches):
        steps.append(step(steps[-1].state, population.draw(policy.batch_samples)[0], policy))
    return steps


def test_planted_groups_are_recovered_and_born_largest_first() -> None:
    population = Population()
    first = step(None, population.draw(400)[0])
    samples, groups = population.draw(300)
    labels, _ = see(first.segment_model, samples)
    assert adjusted_rand_score(groups, labels) == 1.0
    assert first.segment_model.ids == ("s-0001", "s-0002", "s-0003", "s-0004")
    assert [d.size for d in first.segment_model.descriptions] == [160, 120, 80, 40]
    assert first.lineage[3] == Lineage("s-0004", "born", (), 1, 0.1)
    assert (len(first.lineage), first.state.next_id, first.n_skipped) == (4, 5, 0)


def test_descriptions_tell_the_words_and_features_of_the_group() -> None:
    population = Population()
    model = step(None, population.draw(400)[0]).segment_model
    assert [set(d.terms[:2]) for d in model.descriptions[:3]] == [
        {"soda", "cola"}, {"bread", "rolls"}, {"milk", "yogurt"},
    ]  # fmt: skip
    assert "运动鞋" in model.descriptions[3].name
    for group, described in enumerate(model.descriptions):
        means = population.explicit - population.explicit.T @ np.array(population.shares)
        for name, deviations in described.features:
            assert np.sign(deviations) == np.sign(means[group, FEATURES.index(name)])


def test_ids_and_names_stay_and_versions_count_over_twenty_batches() -> None:
    steps = run(Population(), 20)
    first = steps[0].segment_model
    assert {s.segment_model.ids for s in steps} == {first.ids}
    assert {s.segment_model.name_of("s-0002") for s in steps} == {first.name_of("s-0002")}
    assert [s.segment_model.version for s in steps] == list(range(1, 22))
    assert all(s.lineage == () for s in steps[1:])
    assert steps[-1].state.n_samples == 400 + 20 * 200 == steps[-1].state.counts.sum()


def test_an_id_keeps_its_meaning_when_another_group_outgrows_it() -> None:
    before = run(Population((0.6, 0.4)), 0, replace(POLICY, n_segments=2))[-1]
    grown = Population((0.1, 0.9))
    after = step(before.state, grown.draw(200)[0], replace(POLICY, n_segments=2))
    assert after.segment_model.ids == ("s-0001", "s-0002")
    np.testing.assert_allclose(after.segment_model.centroids, before.segment_model.centroids, atol=0.05)
    assert after.segment_model.descriptions[0].share < 0.6


def test_the_same_inputs_give_the_same_bits_whatever_the_number_of_threads() -> None:
    results = set()
    for n_threads in (1, 1, 2):
        with threadpool_limits(n_threads):
            results.add(bits(run(Population(spread=0.6), 3)[-1]))
    assert len(results) == 1


def test_a_state_restored_from_values_goes_on_like_the_continuous_one() -> None:
    continuous = run(Population(spread=0.6), 3)
    restored = run(Population(spread=0.6), 0)[0].state
    population = Population(spread=0.6)
    population.draw(400)
    for expected in continuous[1:]:
        restored = TrainerState(**{f.name: copy.deepcopy(getattr(restored, f.name)) for f in fields(TrainerState)})
        trained = step(restored, population.draw(200)[0])
        assert bits(trained) == bits(expected)
        restored = trained.state


def test_training_changes_no_argument() -> None:
    population = Population()
    state = step(None, population.draw(400)[0]).state
    before = bits(state)
    step(state, population.draw(200)[0])
    assert bits(state) == before


def test_a_rare_group_keeps_its_centroid() -> None:
    policy = TrainingPolicy(n_segments=3, warm_up_samples=1000, batch_samples=200)
    population = Population((0.6, 0.395, 0.005))
    middle = Profiles(population.explicit[2:], population.semantic[2:].astype(np.float32))
    for trained in run(population, 20, policy):
        model = trained.segment_model
        near = np.linalg.norm(model.scaler.transform(middle) - model.centroids, axis=1)
        assert near[2] < 0.1 * near[:2].min()


@pytest.mark.parametrize("unknown_rate", [0.01, 0.05])
def test_about_the_stated_share_of_held_out_profiles_is_unknown_and_far_ones_are(unknown_rate: float) -> None:
    policy = replace(POLICY, unknown_rate=unknown_rate)
    population = Population(spread=0.2)
    steps = run(population, 5, policy)
    for trained, tolerance in ((steps[0], 2.5), (steps[-1], 1.6)):
        _, unknown = see(trained.segment_model, population.draw(4000)[0])
        assert unknown_rate / tolerance < unknown.mean() < unknown_rate * tolerance
    far = [replace(s, semantic=-s.semantic, explicit=-9 * s.explicit) for s in population.draw(200)[0]]
    assert see(steps[-1].segment_model, far)[1].mean() > 0.99


def test_the_state_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = run(Population((1.0,)), 5, replace(POLICY, n_segments=1))[-1].state
    assert [len(d) for d in alone.distances] == [DISTANCES_KEPT]
    monkeypatch.setattr("stream.core.training.state.DISTANCES_TOTAL", 40)
    monkeypatch.setattr("stream.core.training.state.TERMS_TOTAL", 12)
    crowded = run(Population(), 1)[-1].state
    assert [(len(d), len(p.mentions)) for d, p in zip(crowded.distances, crowded.portraits, strict=True)] == [
        (10, 3)
    ] * 4


def test_there_are_no_more_segments_than_distinct_profiles() -> None:
    policy = TrainingPolicy(n_segments=5, warm_up_samples=6, batch_samples=2)
    samples = [sample(direction=0), sample(direction=1), sample(direction=0)] * 2
    first = step(None, samples, policy)
    assert first.segment_model.ids == ("s-0001", "s-0002")
    second = step(first.state, samples[:2], policy)
    labels, unknown = see(second.segment_model, samples)
    assert (labels.tolist(), unknown.tolist()) == ([0, 1, 0, 0, 1, 0], [False] * 6)


def test_identical_profiles_without_texts_are_one_known_segment() -> None:
    policy = TrainingPolicy(n_segments=5, warm_up_samples=5, batch_samples=2)
    first = step(None, [sample()] * 5, policy)
    assert first.segment_model.scaler.semantic_scale == 1.0
    assert first.segment_model.scaler.explicit_scale.tolist() == [1.0, 1.0, 1.0]
    assert [d.name for d in first.segment_model.descriptions] == ["s-0001"]
    assert not see(first.segment_model, [sample()])[1].any()


def test_samples_of_another_encoder_misshapen_or_not_finite_are_skipped_and_counted() -> None:
    policy = TrainingPolicy(n_segments=2, warm_up_samples=6, batch_samples=4)
    good = [sample((1.0, 0.0, 0.0)), sample(direction=1), sample(direction=1)]
    long = replace(sample(), semantic=np.zeros(N_SEMANTIC + 1, np.float32))
    bad = [sample(encoder="e0"), sample((1.0, 2.0)), sample((float("nan"), 0.0, 0.0)), long]
    first = step(None, [*bad[:3], *good], policy)
    assert (first.n_skipped, first.state.n_samples, first.segment_model.encoder) == (3, 3, "e1")
    assert step(first.state, [*bad[:3], good[0]], policy).n_skipped == 3
    assert train(first.state, bad, policy, 0.7, FEATURES) is None


def test_a_scaler_standardises_each_half() -> None:
    samples, _ = Population(spread=0.5).draw(300)
    raw = Profiles(np.stack([s.explicit for s in samples]), np.stack([s.semantic for s in samples]))
    u = fit_scaler(raw, 0.7).transform(raw).astype(np.float64)
    variances = np.square(u).mean(axis=0)
    assert variances[: len(FEATURES)].sum() == pytest.approx(0.3, rel=1e-5)
    assert variances[len(FEATURES) :].sum() == pytest.approx(0.7, rel=1e-5)


def test_a_step_takes_exactly_the_samples_it_needs() -> None:
    first = step(None, Population().draw(400)[0])
    assert (needed(None, POLICY), needed(first.state, POLICY)) == (400, 200)
    with pytest.raises(ValueError, match="takes 400 samples, got 3"):
        train(None, [sample()] * 3, POLICY, 0.7, FEATURES)


def test_other_features_than_the_states_are_refused() -> None:
    first = step(None, Population().draw(400)[0])
    with pytest.raises(ValueError, match="state has the features"):
        train(first.state, [sample()] * 200, POLICY, 0.7, ("recency",))
