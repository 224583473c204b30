"""k-means in two moves: a start, and steps that each learn one batch. Centroids and counts are values.

Nothing depends on the number of threads: of the full fit only the labels are taken, and their means are summed here;
`partial_fit` runs its matrix products on one thread and gives each centroid to one thread.

scikit-learn's defaults would drop rare segments (`reassignment_ratio`), so nothing is ever reassigned. Its rate 1 / n
would freeze, so counts decay with a half-life in time before each step: the update rule of streaming k-means.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import HDBSCAN, KMeans, MiniBatchKMeans

from stream.core.arrays import Floats

MEMBERS_MIN = 50  # members before a segment has a threshold of its own: the expected unknown share is then below 2 %
THRESHOLD_MIN = 1e-5  # float32 rounding: identical profiles must not be unknown

_N_STARTS = 5  # k-means++ starts, the best is kept
DECIMALS = 5  # profiles equal to so many decimals (units: standard deviations) are one distinct profile


def start(x: Floats, weights: Floats, n_segments: int, seed: int) -> Floats:
    """(k, dims) centroids of the members' weighted means, the largest segment first, equal sizes by first member.

    k is `n_segments`, or the number of distinct profiles where that is smaller; `x (n, dims)` must not be empty.
    """
    return means(x, weights, fit_labels(x, weights, n_segments, seed))


def fit_labels(x: Floats, weights: Floats, n_segments: int, seed: int) -> NDArray[np.intp]:
    """(n,) labels of a k-means fit with k-means++ starts."""
    distinct, at = np.unique(np.round(x, DECIMALS), axis=0, return_inverse=True)
    summed = np.bincount(at, weights)
    fitted = KMeans(min(n_segments, len(distinct)), n_init=_N_STARTS, random_state=seed).fit(distinct, None, summed)
    return np.asarray(fitted.labels_[at], dtype=np.intp)


def dense_groups(x: Floats, n_min: int, nested: str = "leaf") -> NDArray[np.intp]:
    """(n,) labels of groups of at least `n_min` that are denser than what is around them, -1 for none (HDBSCAN,
    Campello and others 2013). Of `nested` groups the smallest (leaf) or the most persistent (eom) are taken."""
    n_min = max(n_min, 2)
    if len(x) < n_min:
        return np.full(len(x), -1, np.intp)
    # HDBSCAN finds groups where a whole falls apart; with somebody far away, all of `x` may be one of them
    reach = float(np.ptp(x)) + 1
    far = np.full((n_min, x.shape[1]), x.max() + 100 * reach)
    far[:, 0] += np.linspace(0, reach, n_min)
    model = HDBSCAN(min_cluster_size=n_min, cluster_selection_method=nested, copy=True)
    labels = model.fit(np.concatenate([x, far])).labels_[: len(x)]
    return np.asarray(np.unique(np.append(labels, -1), return_inverse=True)[1][:-1] - 1, dtype=np.intp)


def means(x: Floats, weights: Floats, labels: NDArray[np.intp]) -> Floats:
    """(k, dims) weighted means of the labels that are not negative, the heaviest first, equal ones by first member."""
    found, first = np.unique(labels, return_index=True)
    kept = [(-float(weights[labels == label].sum()), int(at), label) for label, at in zip(found, first, strict=True)]
    order = [label for _, _, label in sorted(kept) if label >= 0]
    return np.stack([np.average(x[labels == label], axis=0, weights=weights[labels == label]) for label in order])


def advance(centroids: Floats, counts: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Centroids and counts `(k,)` after `MiniBatchKMeans.partial_fit` of `x (n, dims)`; the arguments stay as they are.

    Each centroid is the mean of everything it was given, as much of it as `counts` says is remembered.
    """
    if not len(x):
        return centroids, counts
    model = MiniBatchKMeans(len(centroids), init=centroids, n_init=1, reassignment_ratio=0, compute_labels=False)
    model.partial_fit(centroids)  # scikit-learn sets up what it needs; then the two things that carry the past
    model.cluster_centers_[:] = centroids
    model._counts[:] = counts
    model.partial_fit(x)
    return model.cluster_centers_, model._counts


def held_out(distances: Floats, counts: Floats) -> Floats:
    """Distances `(n,)` of members to a centroid made without them, from those to the centroid that is the mean of
    `counts (n,)` members with them. Exact: leaving one of N out moves the mean away from it by d / (N - 1)."""
    n = np.maximum(counts, 2)  # what has decayed to less says nothing of how far the mean would move
    return np.asarray(distances * (n / (n - 1)))


def thresholds(distances: Floats, labels: NDArray[np.intp], weights: Floats, k: int, unknown_rate: float) -> Floats:
    """(k,) the 1 - `unknown_rate` quantile of each segment's held-out distances; with fewer than MEMBERS_MIN of them,
    its median times the quantile that distances over their segment's median have in all segments.

    The quantile is the one whose expected coverage is exact in small samples (Hyndman and Fan's sixth), weighted.
    """
    everywhere = float(np.median(distances))
    medians = np.array([np.median(d) if len(d := distances[labels == at]) else everywhere for at in range(k)])
    ratio = _quantile(distances / np.maximum(medians[labels], THRESHOLD_MIN), weights, unknown_rate)
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
