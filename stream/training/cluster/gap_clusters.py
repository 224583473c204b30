"""Clusters divided by gaps, however many and however unequal.

k-means cuts the users into more pieces than there can be clusters. Pieces without a gap between them are merged, the
closest first, as Hennig (2010) merges the components of a mixture. k-means with the right k would still cut a large
cluster in two, and take two small ones for one.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats
from stream.training.cluster.bimodality import MEMBERS_MIN, SPLIT_MIN, ashman_d
from stream.training.cluster.centroids import DISTANCE_MIN, distances_to_all, held_out, weighted_mean
from stream.training.cluster.kmeans import kmeans_labels

_PIECE = 4  # times the fewest users of a cluster: a smaller piece tells little about a gap
_NOISE = 0.9  # distance to the own mean relative to that to the nearest other; clusters with gaps have 0.65 to 0.85


def gap_clusters(x: Floats, weights: Floats, n_min: int, n_max: int, seed: int) -> NDArray[np.intp]:
    """Return the labels (n,) of clusters of at least `n_min` rows of `x (n, dims)`, -1 for noise.

    All labels are 0 where there are no gaps.
    """
    n_pieces = max(1, min(n_max, len(x) // (_PIECE * n_min)))
    labels = _without_small(x, kmeans_labels(x, weights, n_pieces, seed), max(n_min, MEMBERS_MIN))
    gaps = np.full((n_pieces, n_pieces), np.inf)
    for a, b in combinations(np.unique(labels).tolist(), 2):
        gaps[a, b] = ashman_d(x[labels == a], x[labels == b])
    while gaps.min() < SPLIT_MIN:
        a, b = divmod(int(gaps.argmin()), n_pieces)
        labels[labels == b] = a
        gaps[b, :] = gaps[:, b] = np.inf
        for other in np.unique(labels[labels != a]).tolist():
            gaps[min(a, other), max(a, other)] = ashman_d(x[labels == a], x[labels == other])
    return _without_noise(x, weights, np.asarray(np.unique(labels, return_inverse=True)[1], dtype=np.intp))


def _without_noise(x: Floats, weights: Floats, labels: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the labels with -1 for clusters of outliers.

    In such a cluster half of the members are about as near to another cluster as to the own one, held out. The
    simplified silhouette is nearly 0.
    """
    while (k := labels.max() + 1) > 1:
        ratio = _nearness(x, weights, labels, k)
        medians = [float(np.median(ratio[labels == at])) for at in range(k)]
        worst = int(np.argmax(medians))
        if medians[worst] < _NOISE:
            break
        labels = np.where(labels == worst, -1, labels - (labels > worst))
    return labels


def _nearness(x: Floats, weights: Floats, labels: NDArray[np.intp], k: int) -> Floats:
    """Return (n,) the held-out distance to the own cluster, relative to the nearest other one.

    The figures of noise have no meaning.
    """
    means = np.stack([weighted_mean(x[labels == at], weights[labels == at]) for at in range(k)])
    others = distances_to_all(x, means)
    own = np.take_along_axis(others, np.maximum(labels, 0)[:, None], axis=1)[:, 0]
    others[np.arange(len(x)), labels] = np.inf
    counts = np.bincount(labels[labels >= 0])[labels].astype(np.float64)
    return np.asarray(held_out(own, counts) / np.maximum(others.min(axis=1), DISTANCE_MIN))


def _without_small(x: Floats, labels: NDArray[np.intp], n_min: int) -> NDArray[np.intp]:
    """Return the labels, the smallest piece joined to the nearest one until every piece has at least `n_min` rows."""
    labels = labels.copy()
    found, counts = np.unique(labels, return_counts=True)
    while len(found) > 1 and counts.min() < n_min:
        means = np.stack([x[labels == label].mean(axis=0) for label in found])
        small = int(counts.argmin())
        squared = np.square(means - means[small]).sum(axis=1)
        squared[small] = np.inf
        labels[labels == found[small]] = found[int(squared.argmin())]
        found, counts = np.unique(labels, return_counts=True)
    return labels
