"""Bimodality test: Ashman's D of two clusters (Ashman, Bird and Zepf 1994) on the line between the means.

D is the difference of the means in units of the root mean square spread. A normal cluster cut in the middle has
D = 2.65, a uniform one 3.46. Clusters with a gap between have more.

In many dimensions the line between the means of two small samples always shows a gap. So one half of the rows draws the
line, and D is measured on the other half.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from stream.core.arrays import Floats
from stream.training.cluster.centroids import DISTANCE_MIN

SPLIT_MIN = 4.0  # D of the best cut: a cluster with more is two
SEPARATED_MIN = 5.0  # D of two clusters that are certainly two; only those may be merged later
MERGED_MAX = 3.2  # D of two clusters: with less they are one
SPREAD_MIN = 0.1  # of the spread of all users, which is 1: tight clusters are one unless 0.4 apart
_HALF_MIN = 4  # rows in each cluster and half
MEMBERS_MIN = 2 * _HALF_MIN  # rows of a cluster that the test can tell from another


@dataclass(frozen=True, slots=True)
class Bisection:
    """Best cut of a cluster in two: `d` is Ashman's D of the parts, `labels (n,)` are 0 or 1."""

    d: float
    labels: NDArray[np.intp]


def ashman_d(a: Floats, b: Floats) -> float:
    """Return D of two clusters `(n, dims)` and `(m, dims)`, each split by the parity of its rows.

    0.0 if either has fewer than MEMBERS_MIN rows.
    """
    if min(len(a), len(b)) < MEMBERS_MIN:
        return 0.0
    found = [_d(a[1 - i :: 2], b[1 - i :: 2], b[i::2].mean(axis=0) - a[i::2].mean(axis=0)) for i in (0, 1)]
    return sum(found) / 2


def bisect(x: Floats, seed: int) -> Bisection:
    """Return the best cut of `x (n, dims)` in two.

    D is cross-validated: one half of the rows finds the cut, the other half measures D, and vice versa. The smaller D
    counts. D is 0.0 if a part has too few rows, or if the rows of a half are all alike.
    """
    if min(float(np.ptp(x[i::2], axis=0).max()) for i in (0, 1)) < DISTANCE_MIN:  # all alike: k-means would warn
        return Bisection(0.0, np.zeros(len(x), np.intp))
    labels = np.asarray(_two_means(x, seed).labels_, dtype=np.intp)
    return Bisection(min(_cut_d(x[i::2], x[1 - i :: 2], seed) for i in (0, 1)), labels)


def _cut_d(here: Floats, there: Floats, seed: int) -> float:
    """Return D on `there` of the cut found `here`; 0.0 if there are too few rows in a part."""
    if len(here) < 2 * _HALF_MIN:
        return 0.0
    cut = _two_means(here, seed)
    side = cut.predict(there)
    low, high = there[side == 0], there[side == 1]
    if min(len(low), len(high)) < _HALF_MIN:
        return 0.0
    return _d(low, high, cut.cluster_centers_[1] - cut.cluster_centers_[0])


def _two_means(x: Floats, seed: int) -> KMeans:
    return KMeans(2, n_init=3, random_state=seed).fit(x)


def _d(a: Floats, b: Floats, line: Floats) -> float:
    """Return D of `a` and `b` projected on `line (dims,)`; 0.0 where the line has no length.

    The spread is at least SPREAD_MIN: two clusters of equal users are one unless they are apart.
    """
    length = sqrt(float(line @ line))
    if length == 0:
        return 0.0
    on_a, on_b = a @ (line / length), b @ (line / length)
    spread = sqrt((float(on_a.var()) + float(on_b.var())) / 2)
    return float(on_b.mean() - on_a.mean()) / max(spread, SPREAD_MIN)
