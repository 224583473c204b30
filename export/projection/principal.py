"""Unit rows and principal directions: the one place where eigenvectors get their order and sign."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats

MIN_NORM = 1e-12  # a zero row stays zero


def unit_rows(rows: NDArray[Any]) -> NDArray[Any]:
    """Return rows (n, d) of length 1, in the dtype given; zero rows stay zero.

    >>> unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    scaled: NDArray[Any] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), MIN_NORM)
    return scaled


def principal_directions(symmetric: Floats, n: int) -> tuple[Floats, Floats]:
    """Return the `n` largest eigenvalues (n,) of a matrix (d, d), and their eigenvectors as columns (d, n).

    The same matrix gives the same bits: the largest entry of each eigenvector is positive.

    >>> values, vectors = principal_directions(np.diag([1.0, 9.0]), 1)
    >>> values.tolist(), vectors.tolist()
    ([9.0], [[0.0], [1.0]])
    """
    values, vectors = np.linalg.eigh(symmetric)
    top = np.argsort(values)[::-1][:n]
    kept = vectors[:, top]
    return values[top], kept * np.sign(kept[np.abs(kept).argmax(axis=0), np.arange(kept.shape[1])])
