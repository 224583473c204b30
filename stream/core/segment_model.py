"""A segment model: scaler, centroids, thresholds, names and a version. Immutable; training makes the next one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.core.profile import Profiles, Vectors

CLIP = 4.0  # standard deviations: one wild amount must not decide a segment


@dataclass(frozen=True, slots=True)
class Scaler:
    """Standardises each half of the profile so that `semantic_weight` alone balances them.

    explicit: mean and scale a feature, `(n_features,) float64`. semantic: mean `(d,) float32` and the root mean
    square distance from it, one number, so that directions keep their proportions.
    """

    explicit_mean: NDArray[np.float64]
    explicit_scale: NDArray[np.float64]
    semantic_mean: Vectors
    semantic_scale: float
    semantic_weight: float

    def transform(self, raw: Profiles) -> Vectors:
        """(E, n_features + d) float32: each half has total variance 1 on the training sample, times its weight."""
        n_features = len(self.explicit_mean)
        z = np.clip((raw.explicit - self.explicit_mean) / self.explicit_scale, -CLIP, CLIP)
        explicit = z * np.sqrt((1 - self.semantic_weight) / max(n_features, 1))
        semantic = (raw.semantic - self.semantic_mean) * np.float32(np.sqrt(self.semantic_weight) / self.semantic_scale)
        return np.concatenate([explicit.astype(np.float32), semantic], axis=1, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Description:
    """What people read about a segment. `share` is its part of the sampled population, `trend` that part relative to
    the one in the model before (0.1: a tenth larger), `cohesion` the root mean square distance of members to the
    centroid, `features` the explicit features in standard deviations from the population. `edited`: the name was given
    by hand and stays. `typical` and `boundary` members are the nearest to the centroid and those least surely its own,
    as the trainer's policy lets them be named. `effective_size` is how many samples the centroid is worth after the
    decay of older ones (Kish)."""

    name: str
    terms: tuple[str, ...] = ()
    size: int = 0
    share: float = 0.0
    cohesion: float = 0.0
    features: tuple[tuple[str, float], ...] = ()
    trend: float = 0.0
    rare: bool = False
    edited: bool = False
    effective_size: float = 0.0
    typical: tuple[str, ...] = ()
    boundary: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentModel:
    """k segments: `centroids (k, n_features + d) float32`, `thresholds (k,) float64` distances beyond which a profile
    is unknown. `features` names the explicit features in order; `encoder` is the encoder version of the vectors."""

    version: int
    encoder: str
    features: tuple[str, ...]
    scaler: Scaler
    ids: tuple[str, ...]
    centroids: Vectors
    thresholds: NDArray[np.float64]
    descriptions: tuple[Description, ...]
    made_ms: int = 0  # time of the newest sample it was made of
    objective: float = 0.0  # J: mean squared distance of samples to their centroid

    def name_of(self, segment: str) -> str:
        """The readable name of a segment id; the reserved ids name themselves."""
        return self.descriptions[self.ids.index(segment)].name if segment in self.ids else segment


def distances(profiles: Vectors, centroids: Vectors) -> Vectors:
    """(E, k) Euclidean distances. Written as a difference, not a product: exact near zero, and each row's bits are
    its own whatever else is in the batch."""
    difference = profiles[:, None, :] - centroids[None, :, :]
    return np.asarray(np.sqrt(np.square(difference, out=difference).sum(axis=2)))
