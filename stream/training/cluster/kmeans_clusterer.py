"""The clusterer `kmeans`: k-means with a given k, or with k by gaps or a criterion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats
from stream.training.cluster.centroids import cluster_means, mean_square, nearest_centroids
from stream.training.cluster.choose_k import choose_k
from stream.training.cluster.gap_clusters import gap_clusters
from stream.training.cluster.kmeans import kmeans_labels

_N_STARTS = 20  # of the final fit: a poor one would be kept for long
_VARIANCE_MIN = 0.1  # of the space, where users have 1: users who differ by less are one cluster


@dataclass(frozen=True, slots=True)
class KMeansClusterer:
    """k-means; gap clusters take precedence if there are as many, and users are as near to their means.

    A gap cluster has at least `n_min` users; without a given k there are at most `n_max` clusters.
    """

    n_min: int
    n_max: int
    criterion: str

    is_refined: ClassVar[bool] = True
    in_signal_subspace: ClassVar[bool] = True
    thresholds_may_grow: ClassVar[bool] = True

    def fit(self, x: Floats, weights: Floats, n_clusters: int | None, seed: int) -> NDArray[np.intp]:
        """Return a label (n,) for every row; noise (-1) are rows of no gap cluster, if gap clusters are returned."""
        if n_clusters is not None:
            return kmeans_labels(x, weights, n_clusters, seed, _N_STARTS)
        one_cluster = np.zeros(len(x), np.intp)
        if _objective(x, weights, one_cluster) < _VARIANCE_MIN:
            return one_cluster
        k = choose_k(x, weights, max(2, min(self.n_max, len(x) // (2 * self.n_min))), self.criterion, seed)
        labels = kmeans_labels(x, weights, k, seed, _N_STARTS)
        gaps = gap_clusters(x, weights, self.n_min, self.n_max, seed)
        is_better = gaps.max() + 1 >= k and _objective(x, weights, gaps) <= _objective(x, weights, labels)
        return gaps if is_better else labels


def _objective(x: Floats, weights: Floats, labels: NDArray[np.intp]) -> float:
    """Return J, the weighted mean squared distance to the nearest mean of a cluster."""
    return mean_square(nearest_centroids(x, cluster_means(x, weights, labels))[1], weights)
