"""Nearest-centroid assignment for the hot path; `stream.training.cluster.centroids` assigns large samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stream.core.arrays import Vectors
from stream.core.reserved import UNKNOWN
from stream.core.segment_model import SegmentModel


class Assignment(NamedTuple):
    """Assignment of one profile: distances to all k centroids, and the indices of the two nearest."""

    distances: list[float]
    nearest: int
    runner_up: int  # equals `nearest` when the model has one segment

    @property
    def distance(self) -> float:
        """Distance to the nearest centroid."""
        return self.distances[self.nearest]

    def segment(self, model: SegmentModel) -> str:
        """Return the nearest segment of `model`, or `unknown` beyond its threshold."""
        return UNKNOWN if self.distance > model.thresholds[self.nearest] else model.ids[self.nearest]


def assign(distances: Vectors) -> list[Assignment]:
    """Return the assignment of each row of `(E, k)` distances; equal distances go to the lower index."""
    nearest = distances.argmin(axis=1)
    others = distances.copy()
    others[np.arange(len(others)), nearest] = np.inf
    runner_up = others.argmin(axis=1) if distances.shape[1] > 1 else nearest
    return [Assignment(*row) for row in zip(distances.tolist(), nearest.tolist(), runner_up.tolist(), strict=True)]
