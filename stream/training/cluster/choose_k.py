"""How many clusters a population has, by one of three criteria over a range of k-means fits.

silhouette: the largest mean silhouette (Rousseeuw 1987). davies-bouldin: the smallest index (Davies and Bouldin 1979).
elbow: the k with the largest bend of J, the mean squared distance to the centroid. The bend is largest at the point
farthest below the line from the first to the last value (Satopaa and others 2011).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import davies_bouldin_score, silhouette_score

from stream.core.arrays import Floats
from stream.training.cluster.centroids import weighted_mean
from stream.training.cluster.kmeans import distinct_profiles, kmeans_labels

_USERS_MAX = 1500  # users the criteria are computed on: a silhouette costs their square


def choose_k(x: Floats, weights: Floats, n_max: int, criterion: str, seed: int) -> int:
    """Return the number of clusters, 1 to `n_max`, of profiles `x (n, dims)`; 1 or 2 distinct profiles are as many."""
    x, weights = x[:_USERS_MAX], weights[:_USERS_MAX]
    n_distinct = len(distinct_profiles(x, weights)[0])
    if n_distinct < 3:
        return n_distinct
    ks = range(2, min(n_max, n_distinct - 1) + 1)
    fits = [kmeans_labels(x, weights, k, seed) for k in ks]
    if criterion == "elbow":
        return ks[_bend([_objective(x, weights, labels) for labels in fits])]
    if criterion == "davies-bouldin":
        return ks[int(np.argmin([davies_bouldin_score(x, labels) for labels in fits]))]
    return ks[int(np.argmax([silhouette_score(x, labels) for labels in fits]))]


def _objective(x: Floats, weights: Floats, labels: NDArray[np.intp]) -> float:
    """Return J, the weighted mean squared distance of the rows to the mean of their cluster."""
    found, at = np.unique(labels, return_inverse=True)
    centroids = np.stack([weighted_mean(x[labels == label], weights[labels == label]) for label in found])
    return float(np.average(np.square(x - centroids[at]).sum(axis=1), weights=weights))


def _bend(values: Sequence[float]) -> int:
    """Return the index of the value farthest below the straight line from the first to the last."""
    line = np.linspace(values[0], values[-1], len(values))
    return int(np.argmax(line - np.array(values)))
