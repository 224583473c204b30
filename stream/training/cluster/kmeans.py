"""k-means: the fit of clusters, and the update of centroids by one batch.

The fit is scikit-learn's `KMeans`; the update is `MiniBatchKMeans.partial_fit` between values. Nothing depends on the
number of threads: a fit hands on labels only, and `partial_fit` gives each centroid to one thread.

scikit-learn's defaults would drop rare segments (`reassignment_ratio`), so no centroid is ever reassigned. A rate of
1 / n would freeze, so counts decay with a half-life in time before each update, as in streaming k-means.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans, MiniBatchKMeans

from stream.core.arrays import Floats

_DECIMALS = 5  # units: standard deviations; profiles equal to so many decimals are one distinct profile
N_STARTS = 5  # k-means++ starts, the best is kept


def kmeans_labels(x: Floats, weights: Floats, n_clusters: int, seed: int, n_starts: int = N_STARTS) -> NDArray[np.intp]:
    """Return the labels (n,) of a weighted k-means fit of `x (n, dims)`, the best of `n_starts`.

    Equal profiles have equal labels. Labels run from 0 to k - 1, where k is `n_clusters`, or the number of distinct
    profiles if that is smaller.
    """
    distinct, summed, at = distinct_profiles(x, weights)
    fitted = KMeans(min(n_clusters, len(distinct)), n_init=n_starts, random_state=seed).fit(distinct, None, summed)
    return np.asarray(fitted.labels_[at], dtype=np.intp)


def distinct_profiles(x: Floats, weights: Floats) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Return the distinct rows (m, dims) of `x (n, dims)` in lexical order, their weights (m,), and each row's index.

    Profiles are compared to five decimals. The order of the result does not depend on the order of `x`.
    """
    distinct, at = np.unique(np.round(x, _DECIMALS), axis=0, return_inverse=True)
    return distinct, np.asarray(np.bincount(at, weights), dtype=np.float64), np.asarray(at, dtype=np.intp)


def advance(centroids: Floats, counts: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Return centroids `(k, dims)` and counts `(k,)` after `MiniBatchKMeans.partial_fit` of `x (n, dims)`.

    Each centroid is the mean of all its rows so far, weighted by decay; the arguments are not changed.
    """
    if not len(x):
        return centroids, counts
    model = MiniBatchKMeans(len(centroids), init=centroids, n_init=1, reassignment_ratio=0, compute_labels=False)
    model.partial_fit(centroids)  # sets up scikit-learn's buffers
    # The private attribute is written because `partial_fit` must continue from decayed counts, and has no parameter for
    # them. So the bits stay those of scikit-learn; a test fails if a release renames or ignores the attribute.
    model.cluster_centers_[:] = centroids
    model._counts[:] = counts
    model.partial_fit(x)
    return model.cluster_centers_, model._counts
