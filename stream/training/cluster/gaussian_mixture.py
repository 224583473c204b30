"""The clusterer `gaussian-mixture`: scikit-learn's `GaussianMixture`, k by the Bayesian information criterion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture

from stream.core.arrays import Floats
from stream.training.cluster.kmeans import distinct_profiles

_ROWS_MAX = 8000  # rows of a resampled fit
_VARIANCE_MIN = 1e-6  # keeps the components of identical profiles regular
_N_STARTS = 3


@dataclass(frozen=True, slots=True)
class GaussianMixtureClusterer:
    """A mixture of Gaussians with diagonal covariances; each user is in the most probable component.

    Without a given k, the fit of 1 to `n_max` components with the smallest BIC (Schwarz 1978) is taken.
    """

    n_max: int

    is_refined: ClassVar[bool] = False
    in_signal_subspace: ClassVar[bool] = True
    thresholds_may_grow: ClassVar[bool] = True

    def fit(self, x: Floats, weights: Floats, n_clusters: int | None, seed: int) -> NDArray[np.intp]:
        """Return a label (n,) for every row of `x (n, dims)`; no row is noise, equal profiles have equal labels."""
        distinct, summed, at = distinct_profiles(x, weights)
        if len(distinct) == 1:  # GaussianMixture needs two rows
            return np.zeros(len(x), np.intp)
        rows = np.repeat(distinct, _copies(summed), axis=0)
        ks = range(1, self.n_max + 1) if n_clusters is None else [n_clusters]
        fits = [_mixture(rows, k, seed) for k in ks if k <= len(distinct)] or [_mixture(rows, len(distinct), seed)]
        best = min(fits, key=lambda mixture: float(mixture.bic(rows)))
        found = best.predict(distinct)[at]
        return np.asarray(np.unique(found, return_inverse=True)[1], dtype=np.intp)  # a component may have no user


def _mixture(rows: Floats, k: int, seed: int) -> GaussianMixture:
    mixture = GaussianMixture(k, covariance_type="diag", reg_covar=_VARIANCE_MIN, n_init=_N_STARTS, random_state=seed)
    return mixture.fit(rows)


def _copies(weights: Floats) -> NDArray[np.intp]:
    """Return how often each row is repeated, at least once, in proportion to `weights (n,)`.

    GaussianMixture knows no sample weights, so they become a systematic resampling of at most about _ROWS_MAX rows.
    """
    scaled = weights / weights.min()
    scaled *= min(1.0, _ROWS_MAX / scaled.sum())
    return np.maximum(np.diff(np.floor(np.cumsum(scaled) + 0.5), prepend=0.0), 1).astype(np.intp)
