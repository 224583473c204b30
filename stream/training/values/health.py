"""Health of the segments at a review, as values: figures of drift, and warnings of figures beyond thresholds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats


class Figure(StrEnum):
    """A figure of segment health with a threshold."""

    UNKNOWN = "unknown"
    FLIPS = "flips"
    PSI_FEATURE = "psi_feature"
    PSI_SEGMENTS = "psi_segments"
    N_CLUSTERS = "n_clusters"
    DRIFT = "drift"
    SPREAD = "spread"


@dataclass(frozen=True, slots=True)
class Baseline:
    """A segment's centroid `(dims,) float32` and threshold, as last chosen by an operator or a structural change."""

    centroid: NDArray[np.float32]
    threshold: float

    def drift_of(self, centroid: Floats) -> float:
        """Return the distance of `centroid (dims,)` from the baseline's, in thresholds."""
        return float(np.sqrt(np.square(centroid - self.centroid).sum())) / self.threshold


@dataclass(frozen=True, slots=True)
class Reference:
    """A distribution of users for comparison at later reviews, taken when the segments last changed.

    `edges (n_features, 9)` are inner bin edges of the explicit features and `bins (n_features, 10)` the shares of users
    in the bins. `segment_shares` includes the unknown; `baselines` are by segment.
    """

    edges: Floats
    bins: Floats
    segment_shares: dict[str, float]
    baselines: dict[str, Baseline] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExceededFigure:
    """A figure beyond the threshold; `subject` is the feature or segment, "" for all users."""

    figure: Figure
    subject: str


@dataclass(frozen=True, slots=True)
class HealthWarning:
    """A warning: a figure is beyond the threshold, unlike at the last review."""

    time_ms: int
    segment_model: int
    figure: Figure
    subject: str
    value: float
    threshold: float


@dataclass(frozen=True, slots=True)
class SegmentHealth:
    """A segment's figures.

    `drift` is the distance of the centroid from the baseline's, in the baseline's thresholds. `cohesion` is the
    weighted root mean square distance of users to the centroid.
    """

    id: str
    n_users: int
    share: float
    effective_size: float
    cohesion: float
    drift: float
    rare: bool


@dataclass(frozen=True, slots=True)
class Health:
    """Health of the segments at `time_ms`.

    `objective` is J, the mean squared distance of known users to the segment's centroid. `flips_per_user_day` counts
    users sampled in another segment than before, per day between the samples; moves by a new model do not count. The
    population stability indices are against the reference. `n_clusters` is the number of clusters found, even beyond
    the most segments. `warnings` are the figures beyond the thresholds.
    """

    time_ms: int
    segment_model: int
    n_users: int
    objective: float
    unknown_share: float
    flips_per_user_day: float
    psi_features: dict[str, float]
    psi_segments: float
    n_clusters: int
    segments: tuple[SegmentHealth, ...]
    warnings: tuple[ExceededFigure, ...] = ()
