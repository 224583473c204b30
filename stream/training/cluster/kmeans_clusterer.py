"""The clusterer `kmeans`: k-means with a given k, or with k by gaps or a criterion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats
from stream.training.cluster.choose_k import choose_k
from stream.training.cluster.gap_clusters import gap_clusters
from stream.training.cluster.kmeans import kmeans_labels


@dataclass(frozen=True, slots=True)
class KMeansClusterer:
    """k-means; gap clusters take precedence unless the criterion finds more clusters.

    A gap cluster has at least `n_min` users; without a given k there are at most `n_max` clusters.
    """

    n_min: int
    n_max: int
    criterion: str

    is_refined: ClassVar[bool] = True
    thresholds_may_grow: ClassVar[bool] = True

    def fit(self, x: Floats, weights: Floats, n_clusters: int | None, seed: int) -> NDArray[np.intp]:
        """Return a label (n,) for every row; noise (-1) are rows of no gap cluster, if gap clusters are returned."""
        if n_clusters is not None:
            return kmeans_labels(x, weights, n_clusters, seed)
        k = choose_k(x, weights, self.n_max, self.criterion, seed)
        labels = gap_clusters(x, weights, self.n_min, self.n_max, seed)
        return labels if labels.max() + 1 >= k else kmeans_labels(x, weights, k, seed)
