from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import pairwise_distances_argmin
from sklearn.neighbors import NearestNeighbors

from stream.core.description import Description
from stream.core.features import registry
from stream.core.policy import Policy
from stream.core.scaler import Scaler
from stream.core.segment_model import SegmentModel
from tests.core.builders import POLICY, event_at, random_windows, records_with, stack_windows, window_with
from tests.core.cores import SpecificationCore
from tests.core.planted import bits
from tests.core.recorder import run_steps
from tests.specification.evaluation import evaluate
from tests.specification.features import features_of


def large_model(k: int, policy: Policy) -> SegmentModel:
    """k random segments for windows of 128 dimensions."""
    rng, features = np.random.default_rng(5), tuple(registry(policy))
    scaler = Scaler(
        rng.normal(size=len(features)),
        rng.uniform(0.5, 2, len(features)),
        3.0,
        1 - policy.semantic_weight,
        rng.normal(0, 0.05, 128).astype(np.float32),
        0.4,
        3.5,
        policy.semantic_weight,
    )
    centroids = rng.normal(0, 0.2, (k, len(features) + 128)).astype(np.float32)
    ids = tuple(f"s-{number:04d}" for number in range(k))
    return SegmentModel(1, "hash", features, scaler, ids, centroids, np.ones(k), (Description(""),) * k)


@pytest.mark.parametrize("k", [2, 3, 12])
def test_assignment_is_scikit_learns_nearest(k: int) -> None:
    windows, policy = random_windows(200, seed=k)
    model = large_model(k, policy)
    evaluated = evaluate(windows, features_of(policy), [model] * 200, policy)
    near, order = NearestNeighbors(n_neighbors=2, algorithm="brute").fit(model.centroids).kneighbors(evaluated.u)
    assert [s.nearest for s in evaluated.assignments] == order[:, 0].tolist()
    assert [s.nearest for s in evaluated.assignments] == pairwise_distances_argmin(
        evaluated.u, model.centroids
    ).tolist()
    assert [s.runner_up for s in evaluated.assignments] == order[:, 1].tolist()
    np.testing.assert_allclose([s.distance for s in evaluated.assignments], near[:, 0], rtol=1e-5)
    np.testing.assert_allclose([s.distances[s.runner_up] for s in evaluated.assignments], near[:, 1], rtol=1e-5)


def test_a_rows_assignment_does_not_depend_on_the_other_rows() -> None:
    windows, policy = random_windows(70)
    model, features = large_model(12, policy), features_of(policy)
    together = evaluate(windows, features, [model] * 70, policy)
    for at in range(70):
        alone = evaluate(windows.row(at), features, [model], policy)
        assert bits((alone.u[0], alone.assignments[0])) == bits((together.u[at], together.assignments[at]))


def test_rows_of_two_models_equal_evaluations_by_each_model_alone() -> None:
    windows, policy = random_windows(70)
    features, one = features_of(policy), large_model(12, policy)
    other = replace(large_model(5, policy), version=2, scaler=replace(one.scaler, semantic_prior=1.3))
    models = [one if at % 3 else other for at in range(70)]
    together = evaluate(windows, features, models, policy)
    for model in (one, other):
        alone = evaluate(windows, features, [model] * 70, policy)
        rows = [at for at in range(70) if models[at] is model]
        assert bits([alone.assignments[at] for at in rows]) == bits([together.assignments[at] for at in rows])
        assert bits(alone.u[rows]) == bits(together.u[rows])


def test_without_a_segment_model_there_are_profiles_and_no_assignments() -> None:
    evaluated = evaluate(stack_windows([window_with(event_at(0, "milk"))], 1), features_of(POLICY), [], POLICY)
    assert (len(evaluated.raw.explicit), evaluated.u.shape, evaluated.assignments) == (1, (1, 0), [])


def test_more_rows_than_one_batch_holds_give_the_same_decisions() -> None:
    records = records_with(*(event_at(at // 300, "milk", f"user-{at % 50}", f"e{at}") for at in range(1100)))
    whole = run_steps(records, POLICY, core=SpecificationCore)
    cut = run_steps(records, POLICY, range(0, 1100, 100), core=SpecificationCore)
    assert bits(tuple(whole.outputs)) == bits(tuple(cut.outputs))
    assert len(whole.changes()) == 50
