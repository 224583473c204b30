"""Re-identification: the earlier profile of a household ranks the later profiles of all households by cosine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bench.quality.estimates import Estimate, mean_estimate
from bench.quality.profiles import Array


def ranks(before: Array, after: Array) -> NDArray[np.int64]:
    """Return `(n,)` ranks: the number of rows of `after` nearer to row i of `before` than row i.

    >>> ranks(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.6, 0.8], [0.8, 0.6]]))
    array([1, 1])
    """
    cosines = before @ after.T
    return np.asarray((cosines > np.diag(cosines)[:, None]).sum(axis=1))


def reciprocal_rank(found: NDArray[np.int64]) -> Estimate:
    """Return the MRR of `ranks`."""
    return mean_estimate(1 / (found + 1))


def share_within(found: NDArray[np.int64], k: int) -> Estimate:
    """Return R@k of `ranks`: the share among the first k."""
    return mean_estimate((found < k).astype(np.float64))
