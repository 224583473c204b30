"""A segment model: scaler, centroids, thresholds, descriptions and a version. Immutable."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stream.core.arrays import Floats, Vectors
from stream.core.description import Description
from stream.core.scaler import Scaler


@dataclass(frozen=True, slots=True)
class SegmentModel:
    """A model of k segments: `centroids (k, n_features + d) float32` and `thresholds (k,) float64`.

    A profile beyond the threshold of its nearest centroid is `unknown`. `features` names the explicit features in
    order; `encoder` is the version of the encoder.
    """

    version: int
    encoder: str
    features: tuple[str, ...]
    scaler: Scaler
    ids: tuple[str, ...]
    centroids: Vectors
    thresholds: Floats
    descriptions: tuple[Description, ...]
    made_ms: int = 0  # time of the newest training sample
    objective: float = 0.0  # J: mean squared distance of samples to their centroid

    def fits(self, encoder: str, features: tuple[str, ...]) -> bool:
        """Return True if the model was made for this encoder version and these explicit features."""
        return (self.encoder, self.features) == (encoder, features)

    def has_space_of(self, other: SegmentModel) -> bool:
        """Return True if both models decide on the same profiles, in the same space: only then distances compare."""
        return self.fits(other.encoder, other.features) and self.scaler.equals(other.scaler)

    def of_segments(self, rows: list[int]) -> SegmentModel:
        """Return the model with the segments in these rows alone."""
        ids, descriptions = tuple(self.ids[row] for row in rows), tuple(self.descriptions[row] for row in rows)
        centroids, thresholds = self.centroids[rows], self.thresholds[rows]
        return replace(self, ids=ids, descriptions=descriptions, centroids=centroids, thresholds=thresholds)

    def name_of(self, segment: str) -> str:
        """Return the name of a segment; the name of a reserved id is the id."""
        return self.descriptions[self.ids.index(segment)].name if segment in self.ids else segment


def distances(profiles: Vectors, centroids: Vectors) -> Vectors:
    """Return the (E, k) Euclidean distances.

    Differences, not a product: exact near zero, and a row's bits do not depend on the other rows.
    """
    difference = profiles[:, None, :] - centroids[None, :, :]
    return np.asarray(np.sqrt(np.square(difference, out=difference).sum(axis=2)))
