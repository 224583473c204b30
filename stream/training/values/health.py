"""Whether the segments still fit the people: figures of a review, and which of them are beyond what was allowed.

Population stability index (PSI): sum over bins of (now - then) * ln(now / then); below 0.1 is usually called stable,
above 0.25 shifted (Siddiqi 2006). Bins of features are deciles of the people at the last change of structure; the
vectors' distribution is that over segments and unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats
from stream.training.values.policy import TrainingPolicy

_N_BINS = 10
_EMPTY = 1e-4  # share of a bin nobody is in: the logarithm of 0 is none


class Figure(StrEnum):
    """A figure of segment health that has a threshold."""

    UNKNOWN = "unknown"
    FLIPS = "flips"
    PSI_FEATURE = "psi_feature"
    PSI_SEGMENTS = "psi_segments"
    N_CLUSTERS = "n_clusters"
    DRIFT = "drift"


@dataclass(frozen=True, slots=True)
class Baseline:
    """Where a segment was when people began to rely on it: its centroid `(dims,) float32`, and its threshold then."""

    centroid: NDArray[np.float32]
    threshold: float

    def way_to(self, centroid: Floats) -> float:
        """How far from there `centroid (dims,)` is, in parts of the threshold."""
        return float(np.sqrt(np.square(centroid - self.centroid).sum())) / self.threshold


@dataclass(frozen=True, slots=True)
class Reference:
    """What later looks are held against. People as they were when the segments were made: inner bin edges `(n_features,
    9)` of the explicit features, the share of people in each bin `(n_features, 10)`, and by segment, with the unknown
    last. And by segment where it was when it came up, or when a hand last chose the model."""

    edges: Floats
    bins: Floats
    segment_shares: dict[str, float]
    baselines: dict[str, Baseline] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SegmentHealth:
    """One segment: `drift` is how far its centroid is from where it was when the segment came up, or when a hand last
    chose the model, in parts of the threshold then."""

    id: str
    people: int
    share: float
    effective_size: float
    cohesion: float
    drift: float
    rare: bool


@dataclass(frozen=True, slots=True)
class Health:
    """A look at the segments at `time_ms`. `objective` is J, the mean squared distance of known people to their
    centroid. `flips_per_person_day`: people who were in another segment than when last sampled, by the days between;
    not where a new model took them, and who was back by then is not seen. The PSIs are against the last change of
    structure, or the last model that a hand chose. `groups` people form, with those beyond the most segments.
    `warnings` name the figures beyond their thresholds."""

    time_ms: int
    segment_model: int
    people: int
    objective: float
    unknown: float
    flips_per_person_day: float
    psi_features: dict[str, float]
    psi_vectors: float
    groups: int
    segments: tuple[SegmentHealth, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HealthWarning:
    """A figure has passed its threshold: `what` it is of, e.g. `unknown` or `drift s-0007`."""

    time_ms: int
    segment_model: int
    what: str
    value: float
    threshold: float


def reference(explicit: Floats, weights: Floats, segment_shares: dict[str, float]) -> Reference:
    """The people of now, to compare later ones with; `explicit (n, n_features)`."""
    edges = np.quantile(explicit, np.linspace(0, 1, _N_BINS + 1)[1:-1], axis=0).T
    return Reference(np.ascontiguousarray(edges), _binned(explicit, weights, edges), segment_shares)


def feature_psis(then: Reference, explicit: Floats, weights: Floats) -> Floats:
    """(n_features,) PSI of each explicit feature."""
    now = _binned(explicit, weights, then.edges)
    return np.array([psi(a, b) for a, b in zip(then.bins, now, strict=True)])


def share_psi(then: Reference, segment_shares: dict[str, float]) -> float:
    """PSI of the shares of segments."""
    ids = sorted({*then.segment_shares, *segment_shares})
    return psi(
        np.array([then.segment_shares.get(i, 0.0) for i in ids]), np.array([segment_shares.get(i, 0.0) for i in ids])
    )


def psi(then: Floats, now: Floats) -> float:
    """Population stability index of two distributions over the same bins."""
    a, b = np.maximum(then, _EMPTY), np.maximum(now, _EMPTY)
    a, b = a / a.sum(), b / b.sum()
    return float(((b - a) * np.log(b / a)).sum())


def exceeded_thresholds(health: Health, policy: TrainingPolicy) -> tuple[HealthWarning, ...]:
    """The figures beyond the policy's thresholds."""
    looked: list[tuple[str, float, float]] = [
        ("unknown", health.unknown, policy.warn_unknown),
        ("flips", health.flips_per_person_day, policy.warn_flips),
        ("vectors", health.psi_vectors, policy.warn_psi),
        ("groups", health.groups, max(policy.n_segments_max, len(health.segments))),
        *((f"feature {name}", value, policy.warn_psi) for name, value in health.psi_features.items()),
        *((f"drift {segment.id}", segment.drift, policy.warn_drift) for segment in health.segments),
    ]
    return tuple(
        HealthWarning(health.time_ms, health.segment_model, what, value, limit)
        for what, value, limit in looked
        if value > limit
    )


def _binned(explicit: Floats, weights: Floats, edges: Floats) -> Floats:
    total = float(weights.sum()) or 1.0
    bins: Sequence[Floats] = [
        np.bincount(np.searchsorted(edges[at], explicit[:, at], side="right"), weights, _N_BINS) / total
        for at in range(len(edges))
    ]
    return np.array(bins)
