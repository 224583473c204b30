"""The clusterer `kmeans`: one cluster, k-means, or gap clusters, each where the rule says so."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from stream.core.arrays import Floats
from stream.training.cluster.choose_k import choose_k
from stream.training.cluster.gap_clusters import gap_clusters
from stream.training.cluster.kmeans import kmeans_labels
from stream.training.cluster.kmeans_clusterer import KMeansClusterer

N_MIN, N_MAX, SEED = 10, 24, 0


def fit(x: Floats, criterion: str = "elbow", n_clusters: int | None = None) -> NDArray[np.intp]:
    """Return the clusterer's labels of users who count alike."""
    return KMeansClusterer(N_MIN, N_MAX, criterion).fit(x, np.ones(len(x)), n_clusters, SEED)


def alternatives(x: Floats, criterion: str) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the labels of k-means with the criterion's k, and those of gaps."""
    k = choose_k(x, np.ones(len(x)), N_MAX, criterion, SEED)
    return kmeans_labels(x, np.ones(len(x)), k, SEED, 20), gap_clusters(x, np.ones(len(x)), N_MIN, N_MAX, SEED)


def within(x: Floats, labels: NDArray[np.intp]) -> float:
    """Return the mean squared distance of the rows to the nearest mean of a cluster."""
    means = np.stack([x[labels == at].mean(axis=0) for at in range(labels.max() + 1)])
    return float(np.square(x[:, None] - means).sum(axis=2).min(axis=1).mean())


def places(*centres: tuple[float, float], n: int = 80, spread: float = 0.08, seed: int = 0) -> Floats:
    """Return round clusters of n users each around these centres."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(0, spread, (n, 2)) + centre for centre in centres])


def two_apart(variance: float) -> Floats:
    """Return users at two places so far apart that the variance of all is `variance`."""
    x = places((-1.0, 0.0), (1.0, 0.0))
    return np.asarray(x * np.sqrt(variance / np.square(x - x.mean(axis=0)).sum(axis=1).mean()))


@pytest.mark.parametrize(("variance", "k"), [(0.0, 1), (0.01, 1), (0.09, 1), (0.11, 2), (1.0, 2)])
def test_users_who_differ_by_less_than_a_tenth_of_the_variance_of_the_space_are_one_cluster(
    variance: float, k: int
) -> None:
    assert fit(two_apart(variance), "silhouette").max() + 1 == k


def test_the_variance_is_that_of_all_users_a_sampled_user_represents() -> None:
    #  shares p and 1 - p of the users two units apart have variance 4 p (1 - p)
    x = places((-1.0, 0.0), (1.0, 0.0), spread=0.001)
    alike, apart = (np.repeat([weight, 1.0], 80) for weight in (99.0, 9.0))  # 0.04 and 0.36
    clusterer = KMeansClusterer(N_MIN, N_MAX, "silhouette")
    assert clusterer.fit(x, alike, None, SEED).max() == 0
    assert clusterer.fit(x, apart, None, SEED).max() == 1


def test_a_requested_number_of_clusters_is_made_of_users_who_hardly_differ_too() -> None:
    x = two_apart(0.01)
    assert fit(x, n_clusters=3).tolist() == kmeans_labels(x, np.ones(len(x)), 3, SEED, 20).tolist()


def test_more_gap_clusters_with_nearer_means_are_taken() -> None:
    #  two pairs of places: the silhouette sees two clusters, gaps part four
    x = places((-3, -0.6), (-3, 0.6), (3, -0.6), (3, 0.6))
    by_k, by_gaps = alternatives(x, "silhouette")
    assert (by_k.max() + 1, by_gaps.max() + 1) == (2, 4)
    assert within(x, by_gaps) < within(x, by_k)
    labels = fit(x, "silhouette")
    assert labels.tolist() == by_gaps.tolist()
    assert adjusted_rand_score(np.repeat(range(4), 80), labels) == 1.0


def test_as_many_gap_clusters_with_farther_means_are_not_taken() -> None:
    #  a long bar without a gap, and two small places: three clusters by gaps, but k-means cuts the bar
    bar = np.random.default_rng(0).uniform(-1, 1, (900, 2)) * [3, 1]
    x = np.concatenate([bar, places((0, 3), (1.2, 3), n=60, spread=0.05)])
    by_k, by_gaps = alternatives(x, "silhouette")
    assert by_k.max() == by_gaps.max() == 2
    assert np.bincount(by_gaps).tolist() == [900, 60, 60]
    assert within(x, by_gaps) > within(x, by_k)
    assert fit(x, "silhouette").tolist() == by_k.tolist()


def test_fewer_gap_clusters_are_not_taken() -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (600, 2))
    by_k, by_gaps = alternatives(x, "silhouette")
    assert by_gaps.max() == 0
    assert by_k.max() > 0
    assert fit(x, "silhouette").tolist() == by_k.tolist()
