"""The groups of a population that nobody has looked at before: at the warm-up, and when a refit is asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats
from stream.training.cluster.choose_k import chosen_k
from stream.training.cluster.gap_clusters import gap_labels
from stream.training.cluster.kmeans import dense_groups, fit_labels, means, start, thresholds
from stream.training.sample.population import Population
from stream.training.structure.detect import Place, detect_structure, nearest_centroids
from stream.training.values.policy import TrainingPolicy
from stream.training.values.state import ids_from


@dataclass(frozen=True, slots=True)
class Groups:
    """`centroids (k, dims)`, and the `rows` of the people who are in a group: thresholds are theirs alone."""

    centroids: Floats
    rows: NDArray[np.intp]


def found_groups(seen: Population, policy: TrainingPolicy, n_segments: int, seed: int) -> Groups:
    """Groups as the policy finds them; `n_segments` 0: those that gaps part, or where people form fewer of them than
    the criterion says, as many as it says. Of dbscan's groups nobody is who is scattered between them."""
    everyone = np.arange(len(seen.x))
    if policy.segmentation == "dbscan":
        labels = dense_groups(seen.x, policy.segment_users_min, nested="eom")
        if (labels >= 0).any():
            return Groups(means(seen.x, seen.weights, labels), np.flatnonzero(labels >= 0))
        n_segments = 1  # nobody is denser than anybody else: one segment
    if n_segments:
        return Groups(start(seen.x, seen.weights, n_segments, seed), everyone)
    k = chosen_k(seen.x, seen.weights, policy.n_segments_max, policy.k_criterion, seed)
    labels = gap_labels(seen.x, seen.weights, policy.segment_users_min, policy.n_segments_max, seed)
    if labels.max() + 1 < k:
        labels = fit_labels(seen.x, seen.weights, k, seed)
    return Groups(_parted(seen, means(seen.x, seen.weights, labels), policy, seed), everyone)


def _parted(seen: Population, centroids: Floats, policy: TrainingPolicy, seed: int) -> Floats:
    """The centroids, with every group that is two cut in two: a criterion over all groups overlooks a small one."""
    for _ in range(policy.n_segments_max):
        nearest, distance = nearest_centroids(seen.x, centroids)
        ids = ids_from(1, len(centroids))
        limits = thresholds(distance, nearest, seen.weights, len(centroids), policy.unknown_rate)
        place = Place(ids, centroids, limits, frozenset(), np.empty((0, 0)))
        looked = detect_structure(
            seen.x, seen.weights, place, (), policy.segment_users_min, policy.n_segments_max, seed
        )
        found = looked.proposal()
        if not found.reasons:
            break
        centroids = found.centroids
    nearest, _ = nearest_centroids(seen.x, centroids)
    return means(seen.x, seen.weights, nearest)
