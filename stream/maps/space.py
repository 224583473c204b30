"""The space of landmarks: that of a segment model's scaler, on the axes in which users differ most.

In all dimensions, distances are mostly what users' few items have by chance, and neighbours are too (bench/README.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stream.core.arrays import Vectors
from stream.core.profile import Profiles
from stream.core.scaler import Scaler

N_AXES = 20
_CHUNK = 512  # users at a time


@dataclass(frozen=True, slots=True)
class Space:
    """A scaler, the centre `(width,)` of users and orthogonal axes `(n_axes, width)`, both float32."""

    scaler: Scaler
    centre: Vectors
    axes: Vectors

    def transform(self, profiles: Profiles) -> Vectors:
        """Return the coordinates `(E, n_axes) float32` of raw profiles. A row's bits do not depend on other rows."""
        found = np.empty((len(profiles.mass), len(self.axes)), np.float32)
        for start in range(0, len(found), _CHUNK):
            rows = self.scaler.transform(profiles.rows(np.arange(start, min(start + _CHUNK, len(found))))) - self.centre
            # sums, not a product: with one large GEMM a row's bits could depend on the other rows
            found[start : start + _CHUNK] = (rows[:, None, :].astype(np.float64) * self.axes).sum(axis=2)
        return found


def space_of(profiles: Profiles, scaler: Scaler, n_axes: int = N_AXES) -> Space:
    """Return the space with the axes of most variance of these users, at most `n_axes`."""
    vectors = scaler.transform(profiles)
    if not len(vectors):
        return Space(scaler, np.zeros(scaler.width, np.float32), np.zeros((0, scaler.width), np.float32))
    centre = vectors.mean(axis=0, dtype=np.float64)
    _, _, axes = np.linalg.svd(vectors - centre, full_matrices=False)
    return Space(scaler, centre.astype(np.float32), axes[:n_axes].astype(np.float32))
