"""How far apart two groups are on the line between them: Ashman's D (Ashman, Bird and Zepf 1994), the difference of
their means in units of their root mean square spread there.

Two halves of one normal group, cut in the middle, have D = 2.65, those of an even one 3.46; two groups with a gap have
more. In many dimensions a few people are always far from others on the line between them alone, so the line comes from
one half of them and D from the other.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from stream.core.arrays import Floats

SPLIT = 4.0  # with more one group is two
APART = 5.0  # two groups for sure: only those may later be found to be one
MERGED = 3.2  # with less two groups are one
_MEMBERS_MIN = 4  # in either group and half
FEWEST = 2 * _MEMBERS_MIN  # people of a group that is told apart


def separation(a: Floats, b: Floats) -> float:
    """D of two groups `(n, dims)` and `(m, dims)`, each split by the parity of its rows; 0.0 where they are too few."""
    if min(len(a), len(b)) < FEWEST:
        return 0.0
    there = [_on_line(a[i::2], b[i::2], a[1 - i :: 2], b[1 - i :: 2]) for i in (0, 1)]
    return sum(there) / 2


def halves(x: Floats, seed: int) -> tuple[float, NDArray[np.intp]]:
    """Of the best cut of `x (n, dims)` into two: D, and everyone's label, 0 or 1. The cut that D is of is found on one
    half of the rows and looked at on the other, and the smaller D of both ways counts; 0.0 where there are too few."""
    labels = _two(x, seed).labels_
    found = []
    for i in (0, 1):
        here, there = x[i::2], x[1 - i :: 2]
        if len(here) < 2 * _MEMBERS_MIN:
            return 0.0, np.asarray(labels, dtype=np.intp)
        cut = _two(here, seed)
        side = cut.predict(there)
        low, high = there[side == 0], there[side == 1]
        if min(len(low), len(high)) < _MEMBERS_MIN:
            return 0.0, np.asarray(labels, dtype=np.intp)
        found.append(_d(low, high, cut.cluster_centers_[1] - cut.cluster_centers_[0]))
    return min(found), np.asarray(labels, dtype=np.intp)


def _two(x: Floats, seed: int) -> KMeans:
    return KMeans(2, n_init=3, random_state=seed).fit(x)


def _on_line(a: Floats, b: Floats, seen_a: Floats, seen_b: Floats) -> float:
    """D of `seen_a` and `seen_b` on the line from the mean of `a` to that of `b`."""
    return _d(seen_a, seen_b, b.mean(axis=0) - a.mean(axis=0))


def _d(a: Floats, b: Floats, line: Floats) -> float:
    on_a, on_b = a @ line, b @ line
    spread = sqrt((float(on_a.var()) + float(on_b.var())) / 2)
    return float(on_b.mean() - on_a.mean()) / spread if spread > 0 else float("inf") if line.any() else 0.0
