"""HDBSCAN: clusters denser than their surroundings (Campello, Moulavi and Sander 2013), and the clusterer `hdbscan`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import HDBSCAN

from stream.core.arrays import Floats

_FAR = 100  # times the extent of the users: the distance of the artificial cluster


@dataclass(frozen=True, slots=True)
class HdbscanClusterer:
    """HDBSCAN with the most persistent clusters; every cluster has at least `n_min` users.

    Weights and a requested number of clusters are ignored: HDBSCAN has neither. A user between the clusters is noise,
    so thresholds stay as tight as the first ones.
    """

    n_min: int

    is_refined: ClassVar[bool] = False
    in_signal_subspace: ClassVar[bool] = False
    thresholds_may_grow: ClassVar[bool] = False

    def fit(self, x: Floats, weights: Floats, n_clusters: int | None, seed: int) -> NDArray[np.intp]:
        """Return a label (n,) for every row, -1 for noise; one cluster of all rows where nothing is denser."""
        labels = dense_clusters(x, self.n_min, "eom")
        return labels if (labels >= 0).any() else np.zeros(len(x), np.intp)


def dense_clusters(x: Floats, n_min: int, selection: Literal["leaf", "eom"]) -> NDArray[np.intp]:
    """Return the labels (n,) of dense clusters of at least `n_min` rows of `x (n, dims)`, -1 for noise.

    `leaf` selects the smallest of nested clusters, `eom` (excess of mass) the most persistent.
    """
    n_min = max(n_min, 2)
    if len(x) < n_min:
        return np.full(len(x), -1, np.intp)
    # HDBSCAN never returns its root, so a far artificial cluster makes room for one cluster of all rows
    extent = float(np.ptp(x)) + 1
    far = np.full((n_min, x.shape[1]), x.max() + _FAR * extent)
    far[:, 0] += np.linspace(0, extent, n_min)
    model = HDBSCAN(min_cluster_size=n_min, cluster_selection_method=selection, copy=True)
    labels = model.fit(np.concatenate([x, far])).labels_[: len(x)]
    return np.asarray(np.unique(np.append(labels, -1), return_inverse=True)[1][:-1] - 1, dtype=np.intp)
