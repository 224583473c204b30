"""Profiles: the vector u = [explicit, semantic] of a window.

The semantic half is the L2-normalised mean of the item vectors, each weighted by 2^(-age / half-life). The mass says
how many items of equal weight would give a mean as sure. The halves here are raw; the segment model scales them.
The kernel computes them (profile.c).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats, Ints, Vectors


@dataclass(frozen=True, slots=True)
class Profiles:
    """A batch of E raw profiles: `explicit (E, n_features) float64`, `semantic (E, d) float32`, `mass (E,) float32`.

    A semantic row has length 1, or is zero. The mass is Kish's effective sample size of the
    item weights (Kish 1965): the number of items where all weigh the same.
    """

    explicit: Floats
    semantic: Vectors
    mass: Vectors

    def rows(self, at: Ints | NDArray[np.bool_] | list[int]) -> Profiles:
        """Return the profiles at these rows."""
        return Profiles(self.explicit[at], self.semantic[at], self.mass[at])


def quantise(vectors: Vectors) -> tuple[NDArray[np.int8], Vectors]:
    """Quantise `(n, d)` vectors to int8 with one scale a row: `int8 * scale` is within scale / 2 of the original."""
    scale = (np.abs(vectors).max(axis=1, initial=0.0) / 127).astype(np.float32)
    safe = np.where(scale > 0, scale, np.float32(1))
    return np.rint(vectors / safe[:, None]).astype(np.int8), scale


def lengths(rows: Vectors) -> Vectors:
    """Return the lengths (E, 1) of `rows (E, d)`."""
    return np.asarray(np.sqrt(np.square(rows).sum(axis=1, keepdims=True)), np.float32)


def unit_rows(semantic: Vectors) -> Vectors:
    """Return the rows of `(E, d)` at length 1; a zero row stays zero."""
    norm = lengths(semantic)
    return np.asarray(semantic / np.where(norm > 0, norm, np.float32(1)), dtype=np.float32)
