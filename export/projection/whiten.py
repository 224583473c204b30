"""PCA whitening as one linear layer, fitted on the deployment's own texts.

Sentence vectors of one domain share most of their directions (Li et al. 2020, arXiv:2011.05864; Su et al. 2021,
arXiv:2103.15316). Whitening drops the shared part and gives each remaining direction equal weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.errors import TextsError
from export.projection.principal import principal_directions
from export.texts import check_count


@dataclass(frozen=True)
class Projection:
    """A linear map x → x @ weight + bias; weight (n_in, n_out) and bias (n_out,) float32."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]


def fit_whitening(vectors: NDArray[np.floating], dimension: int) -> Projection:
    """Fit the first `dimension` principal components of `vectors` (n, d), each scaled to variance 1, in float64.

    The same vectors give the same projection. Raises TextsError when n <= dimension or d < dimension: some component
    would have no variance.

    >>> cross = np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    >>> projection = fit_whitening(cross, 1)
    >>> (cross @ projection.weight + projection.bias).round(3)[:, 0].tolist()  # 3 / sqrt(18 / 3)
    [1.225, -1.225, 0.0, 0.0]
    """
    n, d = vectors.shape
    check_count(n, dimension)
    if d < dimension:
        raise TextsError(f"the base model has {d} dimensions, fewer than the {dimension} asked for: choose fewer")
    exact = vectors.astype(np.float64)
    mean = exact.mean(axis=0)
    variances, directions = principal_directions(np.cov(exact, rowvar=False), dimension)
    weight = directions / np.sqrt(variances)
    return Projection(weight.astype(np.float32), (-mean @ weight).astype(np.float32))
