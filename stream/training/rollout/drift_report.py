"""Drift of the users from a reference, and the health report of a review.

Population stability index (PSI): sum over bins of (now - then) * ln(now / then). Below 0.1 is usually called stable,
above 0.25 shifted (Siddiqi 2006). Bins of a feature are deciles of the users at the reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from stream.core.arrays import Floats
from stream.core.reserved import UNKNOWN
from stream.training.cluster.centroids import cohesion
from stream.training.describe.model_builder import objective, segment_shares
from stream.training.sample.population import Assignments, Population
from stream.training.values.health import ExceededFigure, Figure, Health, HealthWarning, Reference, SegmentHealth
from stream.training.values.policy import TrainingPolicy
from stream.training.values.state import SegmentsState, TrainerState, baseline_of, effective_sizes

_N_BINS = 10
_EMPTY = 1e-4  # share of an empty bin: the logarithm of 0 is none


def drift_report(
    state: TrainerState, population: Population, where: Assignments, n_clusters: int, policy: TrainingPolicy
) -> tuple[Health, tuple[HealthWarning, ...]]:
    """Return the health of the state's segments, and the warnings that the state's last health did not have.

    `where` assigns the users to the segments; `n_clusters` were found.
    """
    segments = state.segments
    share = segment_shares(population, where, segments.ids)
    psis = feature_psis(segments.reference, population.raw.explicit, population.weights)
    health = Health(
        time_ms=state.watermark_ms,
        segment_model=state.registry.serving,
        n_users=round(float(population.weights.sum())),
        objective=objective(population, where),
        unknown_share=share[UNKNOWN],
        flips_per_user_day=state.flips / state.user_days if state.user_days else 0.0,
        psi_features=dict(zip(segments.features, psis.tolist(), strict=True)),
        psi_segments=share_psi(segments.reference, share),
        n_clusters=n_clusters,
        segments=_segments(segments, population, where, share, policy.rare_share),
    )
    exceeded = {ExceededFigure(w.figure, w.subject): w for w in exceeded_thresholds(health, policy)}
    known = state.health.warnings if state.health else ()
    health = replace(health, warnings=tuple(exceeded))
    return health, tuple(warning for figure, warning in exceeded.items() if figure not in known)


def exceeded_thresholds(health: Health, policy: TrainingPolicy) -> tuple[HealthWarning, ...]:
    """Return the figures beyond the policy's thresholds."""
    return tuple(
        HealthWarning(health.time_ms, health.segment_model, figure, subject, value, threshold)
        for figure, subject, value, threshold in _limited(health, policy)
        if value > threshold
    )


def reference(explicit: Floats, weights: Floats, segment_shares: dict[str, float]) -> Reference:
    """Return today's distribution of users with `explicit (n, n_features)`, for later reviews to compare with."""
    edges = np.quantile(explicit, np.linspace(0, 1, _N_BINS + 1)[1:-1], axis=0).T
    return Reference(np.ascontiguousarray(edges), _binned(explicit, weights, edges), segment_shares)


def feature_psis(then: Reference, explicit: Floats, weights: Floats) -> Floats:
    """Return the PSI of each explicit feature, `(n_features,)`."""
    now = _binned(explicit, weights, then.edges)
    return np.array([psi(a, b) for a, b in zip(then.bins, now, strict=True)])


def share_psi(then: Reference, segment_shares: dict[str, float]) -> float:
    """Return the PSI of the segments' shares."""
    ids = sorted({*then.segment_shares, *segment_shares})
    return psi(
        np.array([then.segment_shares.get(i, 0.0) for i in ids]), np.array([segment_shares.get(i, 0.0) for i in ids])
    )


def psi(then: Floats, now: Floats) -> float:
    """Return the population stability index of two distributions over the same bins."""
    a, b = np.maximum(then, _EMPTY), np.maximum(now, _EMPTY)
    a, b = a / a.sum(), b / b.sum()
    return float(((b - a) * np.log(b / a)).sum())


def _limited(health: Health, policy: TrainingPolicy) -> Iterator[tuple[Figure, str, float, float]]:
    yield Figure.UNKNOWN, "", health.unknown_share, policy.warn_unknown
    yield Figure.FLIPS, "", health.flips_per_user_day, policy.warn_flips
    yield Figure.PSI_SEGMENTS, "", health.psi_segments, policy.warn_psi
    yield Figure.N_CLUSTERS, "", health.n_clusters, max(policy.n_segments_max, len(health.segments))
    for name, value in health.psi_features.items():
        yield Figure.PSI_FEATURE, name, value, policy.warn_psi
    for segment in health.segments:
        yield Figure.DRIFT, segment.id, segment.drift, policy.warn_drift


def _binned(explicit: Floats, weights: Floats, edges: Floats) -> Floats:
    total = float(weights.sum()) or 1.0
    bins: Sequence[Floats] = [
        np.bincount(np.searchsorted(edges[at], explicit[:, at], side="right"), weights, _N_BINS) / total
        for at in range(len(edges))
    ]
    return np.array(bins)


def _segments(
    segments: SegmentsState, population: Population, where: Assignments, share: dict[str, float], rare_share: float
) -> tuple[SegmentHealth, ...]:
    sizes, found = effective_sizes(segments), []
    for at, segment in enumerate(segments.ids):
        rows = where.members(at)
        distance, weights = where.distance[rows], population.weights[rows]
        found.append(
            SegmentHealth(
                id=segment,
                n_users=round(float(weights.sum())),
                share=share[segment],
                effective_size=float(sizes[at]),
                cohesion=cohesion(distance, weights),
                drift=baseline_of(segments, at).drift_of(segments.centroids[at]),
                rare=share[segment] < rare_share,
            )
        )
    return tuple(found)
