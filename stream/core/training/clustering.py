"""k-means in two moves: a start, and steps that each learn one batch. Centroids and counts are values.

Nothing depends on the number of threads: of the full fit only the labels are taken, and their means are summed here;
`partial_fit` runs its matrix products on one thread and gives each centroid to one thread.

scikit-learn's defaults would drop rare segments (`reassignment_ratio`), so nothing is ever reassigned.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.cluster import KMeans, MiniBatchKMeans

from stream.core.features import Floats
from stream.core.profile import Vectors

MEMBERS_MIN = 50  # members before a segment has a threshold of its own: the expected unknown share is then below 2 %
THRESHOLD_MIN = 1e-5  # float32 rounding: identical profiles must not be unknown

_N_STARTS = 5  # k-means++ starts, the best is kept
_DECIMALS = 5  # profiles equal to so many decimals (units: standard deviations) are one distinct profile


def start(x: Floats, n_segments: int, seed: int) -> Floats:
    """(k, dims) centroids of the members' means, the largest segment first, equal sizes by their first member.

    k is `n_segments`, or the number of distinct profiles where that is smaller; `x (n, dims)` must not be empty.
    """
    distinct, at, weights = np.unique(np.round(x, _DECIMALS), axis=0, return_inverse=True, return_counts=True)
    fitted = KMeans(min(n_segments, len(distinct)), n_init=_N_STARTS, random_state=seed).fit(distinct, None, weights)
    labels = fitted.labels_[at]
    found, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    return np.stack([x[labels == found[i]].mean(axis=0) for i in np.lexsort((first, -sizes))])


def advance(centroids: Floats, counts: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Centroids and counts `(k,)` after `MiniBatchKMeans.partial_fit` of `x (n, dims)`; the arguments stay as they are.

    Each centroid stays the mean of everything it was ever given.
    """
    model = MiniBatchKMeans(len(centroids), init=centroids, n_init=1, reassignment_ratio=0, compute_labels=False)
    model.partial_fit(centroids)  # scikit-learn sets up what it needs; then the two things that carry the past
    model.cluster_centers_[:] = centroids
    model._counts[:] = counts
    model.partial_fit(x)
    return model.cluster_centers_, model._counts


def held_out(distances: Vectors, counts: Floats) -> Vectors:
    """Distances `(n,)` of members to a centroid made without them, from those to the centroid that is the mean of
    `counts (n,)` members with them. Exact: leaving one of N out moves the mean away from it by d / (N - 1)."""
    return np.asarray(distances * (counts / np.maximum(counts - 1, 1)), dtype=np.float32)


def thresholds(distances: Sequence[Vectors], unknown_rate: float) -> Floats:
    """(k,) the 1 - `unknown_rate` quantile of each segment's held-out distances; with fewer than MEMBERS_MIN of them,
    the quantile over all segments.

    The quantile is the one whose expected coverage is exact in small samples (Hyndman and Fan's sixth).
    """
    everywhere = _quantile(np.concatenate(distances), unknown_rate)
    own = [_quantile(d, unknown_rate) if len(d) >= MEMBERS_MIN else everywhere for d in distances]
    return np.maximum(own, THRESHOLD_MIN)


def _quantile(distances: Vectors, unknown_rate: float) -> float:
    return float(np.quantile(distances.astype(np.float64), 1 - unknown_rate, method="weibull"))
