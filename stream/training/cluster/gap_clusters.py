"""Groups that gaps part, however many and however uneven: k-means cuts the people into more pieces than there can be
groups, and pieces with no gap between them are merged, the closest first, as Hennig (2010) merges the components of a
mixture. k-means with the right k would still cut a large group in two, and take two small ones for one.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats
from stream.training.cluster.bimodality import FEWEST, SPLIT, separation
from stream.training.cluster.kmeans import THRESHOLD_MIN, fit_labels, held_out
from stream.training.structure.detect import squared_distances

_PIECE = 4  # times the fewest people of a group: a smaller piece says little of a gap
_STRAYS = 0.9  # distance to the own group's mean in parts of that to the nearest other; groups apart have 0.65 to 0.85


def gap_labels(x: Floats, weights: Floats, n_min: int, n_max: int, seed: int) -> NDArray[np.intp]:
    """(n,) labels of the groups of `x (n, dims)`, of at least `n_min` people each, -1 for strays; all 0 where there are
    no gaps."""
    n_pieces = max(1, min(n_max, len(x) // (_PIECE * n_min)))
    labels = _large(x, fit_labels(x, weights, n_pieces, seed), max(n_min, FEWEST))
    separated_pairs = np.full((n_pieces, n_pieces), np.inf)
    for a, b in combinations(np.unique(labels).tolist(), 2):
        separated_pairs[a, b] = separation(x[labels == a], x[labels == b])
    while separated_pairs.min() < SPLIT:
        a, b = divmod(int(separated_pairs.argmin()), n_pieces)
        labels[labels == b] = a
        separated_pairs[b, :] = separated_pairs[:, b] = np.inf
        for other in np.unique(labels[labels != a]).tolist():
            separated_pairs[min(a, other), max(a, other)] = separation(x[labels == a], x[labels == other])
    return _without_strays(x, weights, np.asarray(np.unique(labels, return_inverse=True)[1], dtype=np.intp))


def _without_strays(x: Floats, weights: Floats, labels: NDArray[np.intp]) -> NDArray[np.intp]:
    """The labels, with -1 for groups of people who have nothing in common but that they are like nobody: half of them
    are about as near to another group as to their own (a simplified silhouette of nearly 0)."""
    while (k := labels.max() + 1) > 1:
        centres = np.stack([np.average(x[labels == at], axis=0, weights=weights[labels == at]) for at in range(k)])
        away = np.sqrt(np.maximum(squared_distances(x, centres), 0.0))
        own = np.take_along_axis(away, np.maximum(labels, 0)[:, None], axis=1)[:, 0]
        away[np.arange(len(x)), labels] = np.inf
        counts = np.bincount(labels[labels >= 0])[labels].astype(np.float64)
        ratio = held_out(own, counts) / np.maximum(away.min(axis=1), THRESHOLD_MIN)
        medians = [float(np.median(ratio[labels == at])) for at in range(k)]
        strays = int(np.argmax(medians))
        if medians[strays] < _STRAYS:
            break
        labels = np.where(labels == strays, -1, labels - (labels > strays))
    return labels


def _large(x: Floats, labels: NDArray[np.intp], n_min: int) -> NDArray[np.intp]:
    """The labels, the smallest piece given to the one nearest to it until none has fewer than `n_min`."""
    labels = labels.copy()
    found, counts = np.unique(labels, return_counts=True)
    while len(found) > 1 and counts.min() < n_min:
        centres = np.stack([x[labels == label].mean(axis=0) for label in found])
        small = int(counts.argmin())
        squared = np.square(centres - centres[small]).sum(axis=1)
        squared[small] = np.inf
        labels[labels == found[small]] = found[int(squared.argmin())]
        found, counts = np.unique(labels, return_counts=True)
    return labels
