"""The fit of segments from nothing: at the warm-up, and when an operator asks for a refit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats
from stream.training.cluster.centroids import cluster_means, nearest_centroids, thresholds
from stream.training.cluster.clusterer import make_clusterer
from stream.training.sample.population import Population
from stream.training.sample.signal_subspace import SignalSubspace
from stream.training.structure.detect import KnownSegments, detect_structure
from stream.training.values.policy import TrainingPolicy
from stream.training.values.state import ids_from


@dataclass(frozen=True, slots=True)
class FittedClusters:
    """Centroids (k, dims) of a fit, and the `rows` of the users in a cluster: noise sets no threshold."""

    centroids: Floats
    rows: NDArray[np.intp]


def fit_clusters(
    population: Population, signal: SignalSubspace, policy: TrainingPolicy, n_clusters: int, seed: int
) -> FittedClusters:
    """Return the clusters found by the policy's clusterer; `n_clusters` 0 lets the clusterer choose the number.

    k-means finds them in the explicit half and the signal subspace: in all dimensions noise would hide them.
    """
    clusterer = make_clusterer(policy)
    x = _kept(population, signal) if clusterer.in_signal_subspace else population.x
    labels = clusterer.fit(x, population.weights, n_clusters or None, seed)
    centroids = cluster_means(population.x, population.weights, labels)
    if n_clusters or not clusterer.is_refined:
        return FittedClusters(centroids, np.flatnonzero(labels >= 0))
    return FittedClusters(_refine(population, centroids, policy, seed), np.arange(len(population.x)))


def _kept(population: Population, signal: SignalSubspace) -> Floats:
    """Return the explicit half and the lasting directions of the semantic half, (n, n_features + m)."""
    explicit, semantic = np.split(population.x, [population.raw.explicit.shape[1]], axis=1)
    return np.concatenate([explicit, semantic @ signal.basis], axis=1)


def _refine(population: Population, centroids: Floats, policy: TrainingPolicy, seed: int) -> Floats:
    """Return the centroids after structure detection finds nothing more to change.

    A criterion over all clusters overlooks the two parts of a small one.
    """
    x, weights = population.x, population.weights
    n_min, n_max = policy.segment_users_min, policy.n_segments_max
    for _ in range(n_max):
        nearest, distance = nearest_centroids(x, centroids)
        limits = thresholds(distance, nearest, weights, len(centroids), policy.unknown_rate)
        segments = KnownSegments(ids_from(1, len(centroids)), centroids, limits)
        found = detect_structure(x, weights, segments, n_min, n_max, seed).change_set()
        if not found.changes:
            break
        centroids = found.centroids
    nearest, _ = nearest_centroids(x, centroids)
    return cluster_means(x, weights, nearest)
