"""The seam for clustering algorithms: the protocol `Clusterer` and the registry of implementations.

A clusterer finds the first segments of a generation, and those of a refit. From then on segments are centroids,
whatever the clusterer: `kmeans.advance` moves centroids, and structure detection splits, merges, adds and retires
segments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats
from stream.training.cluster.gaussian_mixture import GaussianMixtureClusterer
from stream.training.cluster.hdbscan import HdbscanClusterer
from stream.training.cluster.kmeans_clusterer import KMeansClusterer
from stream.training.values.policy import ClustererName, TrainingPolicy


class Clusterer(Protocol):
    """A clustering algorithm: a partition of users, fitted at once.

    `is_refined`: structure detection may divide the clusters of a fit without a given number of clusters.
    `in_signal_subspace`: the rows are without the directions in which users differ by chance only.
    `thresholds_may_grow`: the distance beyond which a user is unknown may grow past the first threshold.
    """

    is_refined: ClassVar[bool]
    in_signal_subspace: ClassVar[bool]
    thresholds_may_grow: ClassVar[bool]

    def fit(self, x: Floats, weights: Floats, n_clusters: int | None, seed: int) -> NDArray[np.intp]:
        """Return a label (n,) for every row of `x (n, dims)`, n >= 1: 0 to k - 1 without a gap, or -1 for noise.

        At least one row is no noise. `n_clusters` is a request, None to choose: k is smaller if fewer profiles are
        distinct, and a density-based algorithm ignores the request. Each row stands for `weights (n,)` users.
        The same arguments give the same labels.
        """


CLUSTERERS: Mapping[ClustererName, Callable[[TrainingPolicy], Clusterer]] = {
    "kmeans": lambda p: KMeansClusterer(p.segment_users_min, p.n_segments_max, p.k_criterion),
    "hdbscan": lambda p: HdbscanClusterer(p.segment_users_min),
    "gaussian-mixture": lambda p: GaussianMixtureClusterer(p.n_segments_max),
}


def make_clusterer(policy: TrainingPolicy) -> Clusterer:
    """Return the clusterer named by the policy."""
    return CLUSTERERS[policy.clusterer](policy)
