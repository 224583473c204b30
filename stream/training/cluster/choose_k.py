"""How many segments a population has, by one of three criteria over a range.

silhouette: the largest mean silhouette (Rousseeuw 1987). davies-bouldin: the smallest index (Davies and Bouldin 1979).
elbow: where J, the mean squared distance to the centroid, bends most: the point farthest below the line from the first
to the last (Satopaa and others 2011).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import davies_bouldin_score, silhouette_score

from stream.core.arrays import Floats
from stream.training.cluster.kmeans import DECIMALS, fit_labels

_PEOPLE_MAX = 1500  # of them the scores are taken: a silhouette costs their square


def chosen_k(x: Floats, weights: Floats, n_max: int, criterion: str, seed: int) -> int:
    """The number of segments, 1 to `n_max`, of profiles `x (n, dims)`; fewer than 3 distinct ones decide nothing."""
    x, weights = x[:_PEOPLE_MAX], weights[:_PEOPLE_MAX]
    distinct = len(np.unique(np.round(x, DECIMALS), axis=0))
    if distinct < 3:
        return distinct
    ks = range(2, min(n_max, distinct - 1) + 1)
    fits = [fit_labels(x, weights, k, seed) for k in ks]
    if criterion == "elbow":
        return ks[_bend([_objective(x, weights, labels) for labels in fits])]
    if criterion == "davies-bouldin":
        return ks[int(np.argmin([davies_bouldin_score(x, labels) for labels in fits]))]
    return ks[int(np.argmax([silhouette_score(x, labels) for labels in fits]))]


def _objective(x: Floats, weights: Floats, labels: NDArray[np.intp]) -> float:
    found, at = np.unique(labels, return_inverse=True)
    centres = np.stack([np.average(x[labels == label], axis=0, weights=weights[labels == label]) for label in found])
    return float(np.average(np.square(x - centres[at]).sum(axis=1), weights=weights))


def _bend(values: Sequence[float]) -> int:
    """Index of the value farthest below the straight line from the first to the last."""
    line = np.linspace(values[0], values[-1], len(values))
    return int(np.argmax(line - np.array(values)))
