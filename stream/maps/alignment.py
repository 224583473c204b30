"""Two layouts of the same users: turn one to the other, and tell how far users are apart (orthogonal Procrustes)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stream.core.arrays import Floats, Vectors


@dataclass(frozen=True, slots=True)
class Alignment:
    """A turn or reflection `(dim, dim)`, a scale and two centres, that bring one layout to another."""

    turn: Floats
    scale: float
    centre: Floats
    target: Floats

    def apply(self, places: Vectors) -> Vectors:
        """Return the places `(n, dim)` brought to the other layout."""
        return np.asarray((places - self.centre) @ self.turn * self.scale + self.target, np.float32)


@dataclass(frozen=True, slots=True)
class Shift:
    """Distances of `n` users between two layouts, as shares of the width of the first."""

    median: float
    p95: float
    n: int


def align(moving: Vectors, fixed: Vectors) -> Alignment:
    """Return the alignment of `moving (n, dim)` to `fixed (n, dim)` with the least squares of distances."""
    dim = fixed.shape[1]
    if not len(moving):
        return Alignment(np.eye(dim), 1.0, np.zeros(dim), np.zeros(dim))
    centre, target = moving.mean(axis=0, dtype=np.float64), fixed.mean(axis=0, dtype=np.float64)
    here, there = moving - centre, fixed - target
    left, lengths, right = np.linalg.svd(here.T @ there)
    spread = float(np.square(here).sum())
    scale = float(lengths.sum()) / spread if spread > 0 else 1.0
    return Alignment(left @ right, scale if scale > 0 else 1.0, centre, target)


def shift(before: Vectors, after: Vectors) -> Shift:
    """Return how far users `(n, dim)` are apart on two layouts; 0 where nobody is."""
    if not len(before):
        return Shift(0.0, 0.0, 0)
    moved = np.sqrt(np.square(after.astype(np.float64) - before).sum(axis=1)) / (width(before) or 1.0)
    return Shift(float(np.median(moved)), float(np.quantile(moved, 0.95)), len(moved))


def width(places: Vectors) -> float:
    """Return the longest side of the box around the places; 0 for less than two."""
    return float(np.ptp(places, axis=0).max()) if len(places) else 0.0
