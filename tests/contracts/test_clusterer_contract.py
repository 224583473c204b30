"""The contract of every clusterer: labels for all rows, the same bits again, and the planted clusters found."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from stream.core.arrays import Floats
from stream.training.cluster.clusterer import CLUSTERERS, Clusterer, make_clusterer
from stream.training.values.policy import ClustererName, TrainingPolicy
from tests.core.planted import PlantedPopulation
from tests.training.harness import TrainerHarness, at_day, policy_of

DIMS = 20


def planted(sizes: tuple[int, ...], seed: int = 0, spread: float = 0.1) -> tuple[Floats, NDArray[np.intp]]:
    """Return round clusters of these sizes on orthogonal axes, in random order, and the cluster of each row."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    return np.eye(DIMS)[labels] + rng.normal(0, spread, (len(labels), DIMS)), labels


@pytest.fixture(params=get_args(ClustererName))
def name(request: pytest.FixtureRequest) -> ClustererName:
    """Return the name of each clusterer in turn."""
    found: ClustererName = request.param
    return found


@pytest.fixture
def clusterer(name: ClustererName) -> Clusterer:
    """Return each clusterer in turn, made by a policy of ten users a cluster."""
    return make_clusterer(TrainingPolicy(clusterer=name, segment_users_min=10, n_segments_max=8))


def n_clusters(labels: NDArray[np.intp]) -> int:
    """Return the number of clusters, noise aside."""
    return len(set(labels.tolist()) - {-1})


def test_every_name_of_the_setting_has_a_clusterer() -> None:
    assert tuple(CLUSTERERS) == get_args(ClustererName)


@pytest.mark.parametrize("k", [None, 3])
def test_every_row_has_a_label_without_gaps_between_labels(clusterer: Clusterer, k: int | None) -> None:
    for spread in (0.1, 0.5):
        x, _ = planted((60, 40, 20), spread=spread)
        labels = clusterer.fit(x, np.ones(len(x)), k, 0)
        assert labels.shape == (120,)
        assert labels.dtype == np.dtype(np.intp)
        assert {*labels.tolist()} - {-1} == {*range(n_clusters(labels))}
        assert n_clusters(labels) >= 1


@pytest.mark.parametrize("k", [None, 4])
def test_the_same_arguments_give_the_same_labels_and_stay_as_they_are(clusterer: Clusterer, k: int | None) -> None:
    x, _ = planted((60, 40, 20, 10), spread=0.3)
    weights = np.random.default_rng(1).uniform(1, 3, len(x))
    before = x.copy(), weights.copy()
    first, again = (clusterer.fit(x, weights, k, 7) for _ in range(2))
    assert first.tobytes() == again.tobytes()
    assert (x.tobytes(), weights.tobytes()) == (before[0].tobytes(), before[1].tobytes())


@pytest.mark.parametrize("seed", range(3))
def test_planted_clusters_are_found_without_their_number(clusterer: Clusterer, seed: int) -> None:
    x, truth = planted((80, 60, 40, 20), seed)
    labels = clusterer.fit(x, np.ones(len(x)), None, seed)
    assert adjusted_rand_score(truth, labels) == 1.0


def test_planted_clusters_are_found_with_their_number(clusterer: Clusterer) -> None:
    x, truth = planted((80, 60, 40, 20))
    assert adjusted_rand_score(truth, clusterer.fit(x, np.ones(len(x)), 4, 0)) == 1.0


@pytest.mark.parametrize("k", [None, 4])
def test_the_order_of_rows_does_not_matter_where_clusters_have_gaps(clusterer: Clusterer, k: int | None) -> None:
    #  the partition is the same; the numbers of the clusters may differ, and near a border so may a user's cluster
    x, _ = planted((80, 60, 40, 20))
    order = np.random.default_rng(5).permutation(len(x))
    labels, shuffled = clusterer.fit(x, np.ones(len(x)), k, 0), clusterer.fit(x[order], np.ones(len(x)), k, 0)
    assert adjusted_rand_score(labels[order], shuffled) == 1.0


@pytest.mark.parametrize("k", [None, 1, 5])
def test_one_user_is_one_cluster(clusterer: Clusterer, k: int | None) -> None:
    assert clusterer.fit(np.ones((1, DIMS)), np.ones(1), k, 0).tolist() == [0]


@pytest.mark.parametrize("k", [None, 1, 5])
def test_identical_users_are_one_cluster(clusterer: Clusterer, k: int | None) -> None:
    x = np.repeat(np.random.default_rng(0).normal(size=(1, DIMS)), 40, axis=0)
    assert clusterer.fit(x, np.ones(40), k, 0).tolist() == [0] * 40


def test_there_are_no_more_clusters_than_distinct_profiles(clusterer: Clusterer) -> None:
    x = np.repeat(np.eye(DIMS)[:3], 20, axis=0)
    labels = clusterer.fit(x, np.ones(60), 9, 0)
    assert 1 <= n_clusters(labels) <= 3
    assert all(len({*labels[at : at + 20].tolist()}) == 1 for at in (0, 20, 40))


def test_without_a_given_number_clusters_are_at_most_the_policys(name: ClustererName) -> None:
    few = make_clusterer(TrainingPolicy(clusterer=name, segment_users_min=10, n_segments_max=2))
    x, _ = planted((80, 60, 40, 20))
    found = n_clusters(few.fit(x, np.ones(len(x)), None, 0))
    assert found == 4 if name == "hdbscan" else 1 <= found <= 2  # HDBSCAN has no number of clusters


def test_a_row_counts_as_often_as_its_weight(name: ClustererName, clusterer: Clusterer) -> None:
    #  three clusters at 0, 1 and 3, two asked for: the first two are one, unless both are so heavy that dividing them
    #  is worth more
    rng = np.random.default_rng(3)
    x = np.concatenate([place + rng.normal(0, 0.05, (12, 1)) for place in (0.0, 1.0, 3.0)])
    weights = np.repeat([40.0, 40.0, 1.0], 12)
    equal, heavy = clusterer.fit(x, np.ones(36), 2, 0), clusterer.fit(x, weights, 2, 0)
    if name == "hdbscan":  # a density has no weights: they are ignored
        assert heavy.tolist() == equal.tolist()
        return
    repeated = clusterer.fit(np.repeat(x, weights.astype(int), axis=0), np.ones(int(weights.sum())), 2, 0)
    assert adjusted_rand_score(equal, np.repeat([0, 0, 1], 12)) == 1.0
    assert adjusted_rand_score(heavy, np.repeat([0, 1, 1], 12)) == 1.0
    assert adjusted_rand_score(np.repeat(heavy, weights.astype(int)), repeated) == 1.0


def test_each_clusterer_runs_from_the_warm_up_through_reviews(name: ClustererName) -> None:
    trainer = TrainerHarness(policy_of(200, clusterer=name, segment_users_min=8))
    population = PlantedPopulation(shares=(0.5, 0.3, 0.2), spread=0.1)
    for day in range(3):
        trainer.day(population.day(200, at_day(day)))
        assert trainer.serving.ids == ("s-0001", "s-0002", "s-0003")
    assert [d.share for d in trainer.serving.descriptions] == pytest.approx([0.5, 0.3, 0.2], abs=0.02)
