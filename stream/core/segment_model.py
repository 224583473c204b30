"""A segment model: scaler, centroids, thresholds, descriptions and a version. Immutable."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stream.core.arrays import Floats, Vectors
from stream.core.description import Description
from stream.core.profile import Profiles

CLIP = 4.0  # standard deviations: one outlier must not decide a segment


@dataclass(frozen=True, slots=True)
class Scaler:
    """A standardisation of both halves of a profile, so that `semantic_weight` alone balances them.

    Explicit: mean and standard deviation of each feature, `(n_features,) float64`. Semantic: mean `(d,) float32` and
    one root mean square distance from the mean, so that directions keep their proportions.
    """

    explicit_mean: Floats
    explicit_scale: Floats
    semantic_mean: Vectors
    semantic_scale: float
    semantic_weight: float

    def z_scores(self, explicit: Floats) -> Floats:
        """Return the z-scores of `(E, n_features)` raw features, clipped to ±CLIP."""
        return np.clip((explicit - self.explicit_mean) / self.explicit_scale, -CLIP, CLIP)

    def transform(self, raw: Profiles) -> Vectors:
        """Return (E, n_features + d) float32: each half has variance 1 on the training sample, times its weight."""
        n_features = len(self.explicit_mean)
        explicit = self.z_scores(raw.explicit) * np.sqrt((1 - self.semantic_weight) / max(n_features, 1))
        semantic = (raw.semantic - self.semantic_mean) * np.float32(np.sqrt(self.semantic_weight) / self.semantic_scale)
        return np.concatenate([explicit.astype(np.float32), semantic], axis=1, dtype=np.float32)


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
        """Return True if both models decide on the same profiles: encoder, features and dimension are equal."""
        return self.fits(other.encoder, other.features) and self.centroids.shape[1] == other.centroids.shape[1]

    def name_of(self, segment: str) -> str:
        """Return the name of a segment; the name of a reserved id is the id."""
        return self.descriptions[self.ids.index(segment)].name if segment in self.ids else segment


def distances(profiles: Vectors, centroids: Vectors) -> Vectors:
    """Return the (E, k) Euclidean distances.

    Differences, not a product: exact near zero, and a row's bits do not depend on the other rows.
    """
    difference = profiles[:, None, :] - centroids[None, :, :]
    return np.asarray(np.sqrt(np.square(difference, out=difference).sum(axis=2)))
