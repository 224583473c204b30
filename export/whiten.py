"""A projection learnt from the deployment's own texts: PCA whitening as one linear layer.

Sentence vectors of one domain share most of their directions (Li et al. 2020, arXiv:2011.05864; Su et al. 2021,
arXiv:2103.15316). Whitening drops what they share, keeps the directions they differ in and gives each equal weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.errors import TextsError


@dataclass(frozen=True)
class Projection:
    """x → x @ weight + bias; weight (n_in, n_out) and bias (n_out,) float32."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]


def check_texts(n: int, dimension: int, what: str = "distinct texts") -> None:
    """Raise TextsError when a projection to `dimension` can not be fitted on `n` of `what`."""
    if n == 0:
        raise TextsError(f"there are no {what}: expected at least one, one a line")
    if n <= dimension:
        raise TextsError(
            f"{n} {what} are too few for {dimension} dimensions: give more than dimensions, or choose fewer dimensions"
        )


def fit_whitening(vectors: NDArray[np.floating], dimension: int) -> Projection:
    """The first `dimension` principal components of `vectors` (n, d), each scaled to variance 1.

    The same vectors give the same projection: exact eigenvectors in float64, each with its largest entry positive.
    Raises TextsError when n <= dimension or d < dimension: there would be no variance to scale.

    >>> cross = np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    >>> projection = fit_whitening(cross, 1)
    >>> (cross @ projection.weight + projection.bias).round(3)[:, 0].tolist()  # 3 / sqrt(18 / 3)
    [1.225, -1.225, 0.0, 0.0]
    """
    n, d = vectors.shape
    check_texts(n, dimension)
    if d < dimension:
        raise TextsError(f"the base model has {d} dimensions, fewer than the {dimension} asked for: choose fewer")
    exact = vectors.astype(np.float64)
    mean = exact.mean(axis=0)
    variances, directions = np.linalg.eigh(np.cov(exact, rowvar=False))
    top = np.argsort(variances)[::-1][:dimension]
    kept = directions[:, top]
    kept = kept * np.sign(kept[np.abs(kept).argmax(axis=0), np.arange(dimension)])
    weight = kept / np.sqrt(variances[top])
    return Projection(weight.astype(np.float32), (-mean @ weight).astype(np.float32))
