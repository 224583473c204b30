"""Nearest rows by exact distances: a row's neighbours, to the last bit, do not depend on the other rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats, Ints, Vectors

_CHUNK = 512  # rows at a time: 20 MB beside 5,000 others
_SPARE = 6  # candidates beyond the nearest, for an order that a matrix product may have wrong


def nearest(rows: Vectors, others: Vectors, n: int) -> tuple[Ints, Floats]:
    """Return indices `(E, n)` of the nearest of `others (m, d)` and their squared distances, the nearest first.

    Equal distances are in the order of `others`. With fewer than `n` others there are fewer columns. A matrix product
    proposes candidates; differences decide, so that equal rows are at distance 0.
    """
    n = min(n, len(others))
    found = np.empty((len(rows), n), np.int64), np.empty((len(rows), n), np.float64)
    wide = others.astype(np.float64)
    squares = np.square(wide).sum(axis=1)
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK].astype(np.float64)
        at = slice(start, start + len(chunk))
        candidates, is_sure = _candidates(chunk, wide, squares, n)
        found[0][at], found[1][at] = _exact(chunk, wide, candidates, n)
        for row in np.flatnonzero(~is_sure):
            every = np.arange(len(others))[None, :]
            found[0][start + row], found[1][start + row] = _exact(chunk[row : row + 1], wide, every, n)
    return found


def _candidates(chunk: Floats, others: Floats, squares: Floats, n: int) -> tuple[Ints, NDArray[np.bool_]]:
    """Return candidates `(E, n + _SPARE)`, ascending, and of each row whether the nearest are surely among them."""
    if len(others) <= n + _SPARE:
        every = np.broadcast_to(np.arange(len(others)), (len(chunk), len(others)))
        return every, np.ones(len(chunk), bool)
    own = np.square(chunk).sum(axis=1)
    product = squares - 2.0 * (chunk @ others.T)
    picked = np.argpartition(product, n + _SPARE - 1, axis=1)[:, : n + _SPARE]
    values = np.sort(np.take_along_axis(product, picked, axis=1), axis=1)
    # rounding of the product and of both squares, at most: (d + 3) u (|x| + |y|)^2, and once more for safety
    unsure = (chunk.shape[1] + 3) * np.finfo(np.float64).eps * np.square(np.sqrt(own) + np.sqrt(squares.max()))
    return np.sort(picked, axis=1), values[:, -1] - values[:, n - 1] > 2 * unsure


def _exact(chunk: Floats, others: Floats, candidates: Ints, n: int) -> tuple[Ints, Floats]:
    """Return the `n` nearest of each row's candidates, given in ascending order."""
    distances = np.square(chunk[:, None, :] - others[candidates]).sum(axis=2)
    order = np.argsort(distances, axis=1, kind="stable")[:, :n]
    return np.take_along_axis(candidates, order, axis=1), np.take_along_axis(distances, order, axis=1)
