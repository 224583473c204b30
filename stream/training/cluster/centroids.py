"""Arithmetic of centroids: means, nearest centroids, distances and thresholds.

Users are rows of `x (n, dims) float64`; each stands for `weights (n,)` users of the population. Nothing here knows how
the clusters were found.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats

MEMBERS_MIN = 50  # members before a segment has a threshold of its own: the expected unknown share is then below 2 %
DISTANCE_MIN = 1e-5  # float32 rounding
THRESHOLD_MIN = 0.3  # of the spread of all users, which is 1: users who differ by less are alike


def weighted_mean(x: Floats, weights: Floats) -> Floats:
    """Return the weighted mean (dims,) of the rows of `x`; ZeroDivisionError if the weights sum to 0."""
    return np.asarray(np.average(x, axis=0, weights=weights))


def cluster_means(x: Floats, weights: Floats, labels: NDArray[np.intp]) -> Floats:
    """Return the weighted means (k, dims) of the clusters, the heaviest first, ties by first member.

    A negative label is noise and has no mean.
    """
    found, first = np.unique(labels, return_index=True)
    ranked = [(-float(weights[labels == label].sum()), int(at), label) for label, at in zip(found, first, strict=True)]
    order = [label for _, _, label in sorted(ranked) if label >= 0]
    return np.stack([weighted_mean(x[labels == label], weights[labels == label]) for label in order])


def nearest_centroids(x: Floats, centroids: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Return the index (n,) of each row's nearest centroid of `(k, dims)`, and the distance (n,) to it.

    The index is found by matrix products, without an `(n, k, dims)` array; the distance is that of an exact difference.
    Workers find the index by exact differences (`core.segment_model.distances`): their bits do not depend on the batch.
    """
    nearest = squared_distances(x, centroids).argmin(axis=1)
    return nearest, np.sqrt(np.square(x - centroids[nearest]).sum(axis=1))


def squared_distances(x: Floats, centroids: Floats) -> Floats:
    """Return the squared distances (n, k) without an `(n, k, dims)` array; near 0 only rounding is left."""
    return np.asarray(np.square(x).sum(axis=1)[:, None] - 2 * x @ centroids.T + np.square(centroids).sum(axis=1))


def distances_to_all(x: Floats, centroids: Floats) -> Floats:
    """Return the distances (n, k), to compare clusters by."""
    return np.asarray(np.sqrt(np.maximum(squared_distances(x, centroids), 0.0)))


def is_nearer(x: Floats, centroids: Floats, distance: Floats) -> NDArray[np.bool_]:
    """Return (n,) True where a centroid of `(b, dims)` is nearer than `distance (n,)`; b may be 0."""
    return nearest_centroids(x, centroids)[1] < distance if len(centroids) else np.zeros(len(x), np.bool_)


def held_out(distances: Floats, counts: Floats) -> Floats:
    """Return the distances (n,) of members to the mean of the other members.

    `distances (n,)` are distances to the mean of all `counts (n,)` members. Exact: leaving one of N out moves the mean
    away by d / (N - 1).
    """
    n = np.maximum(counts, 2)  # a count that has decayed below 2 does not say how far the mean would move
    return np.asarray(distances * (n / (n - 1)))


def cohesion(distances: Floats, weights: Floats) -> float:
    """Return the weighted root mean square distance of members to their centroid; 0.0 without members."""
    return float(np.sqrt(mean_square(distances, weights)))


def mean_square(distances: Floats, weights: Floats) -> float:
    """Return the weighted mean square of distances (m,); 0.0 for none."""
    return float(np.average(np.square(distances), weights=weights)) if len(distances) else 0.0


def thresholds(distances: Floats, labels: NDArray[np.intp], weights: Floats, k: int, unknown_rate: float) -> Floats:
    """Return the thresholds (k,): the 1 - `unknown_rate` quantile of each segment's held-out distances.

    A segment with fewer than MEMBERS_MIN members has the median times a ratio. The ratio is the same quantile of all
    distances, each relative to the median of its segment. Quantiles are weighted; the expected coverage is exact in
    small samples (Hyndman and Fan 1996, definition 6).
    """
    everywhere = float(np.median(distances))
    medians = np.array([np.median(d) if len(d := distances[labels == at]) else everywhere for at in range(k)])
    ratio = _quantile(distances / np.maximum(medians[labels], DISTANCE_MIN), weights, unknown_rate)
    found = []
    for at, median in enumerate(medians.tolist()):
        own = labels == at
        enough = own.sum() >= MEMBERS_MIN
        found.append(_quantile(distances[own], weights[own], unknown_rate) if enough else median * ratio)
    return np.maximum(found, THRESHOLD_MIN)


def _quantile(distances: Floats, weights: Floats, unknown_rate: float) -> float:
    order = np.argsort(distances, kind="stable")
    upto = np.cumsum(weights[order]) / (weights.sum() + weights.mean())
    return float(np.interp(1 - unknown_rate, upto, distances[order]))
