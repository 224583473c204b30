"""The figures of a review."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stream.core.reserved import UNKNOWN
from stream.training.describe.model_builder import objective, segment_shares
from stream.training.sample.population import Assignments, Population
from stream.training.values.health import (
    Health,
    HealthWarning,
    SegmentHealth,
    exceeded_thresholds,
    feature_psis,
    share_psi,
)
from stream.training.values.policy import TrainingPolicy
from stream.training.values.state import TrainerState, baseline_of, effective_sizes


def drift_report(
    state: TrainerState, seen: Population, where: Assignments, n_groups: int, policy: TrainingPolicy
) -> tuple[Health, tuple[HealthWarning, ...]]:
    """The health of the state's segments, where everyone is `where` and forms `n_groups`, and the warnings that are new
    since the state's."""
    share = segment_shares(seen, where, state.ids)
    psis = feature_psis(state.reference, seen.raw.explicit, seen.weights)
    health = Health(
        time_ms=state.watermark_ms,
        segment_model=state.serving,
        people=round(float(seen.weights.sum())),
        objective=objective(seen, where),
        unknown=share[UNKNOWN],
        flips_per_person_day=state.flips / state.person_days if state.person_days else 0.0,
        psi_features=dict(zip(state.features, psis.tolist(), strict=True)),
        psi_vectors=share_psi(state.reference, share),
        groups=n_groups,
        segments=_segments(state, seen, where, share, policy.rare_share),
    )
    found = exceeded_thresholds(health, policy)
    health = replace(health, warnings=tuple(each.what for each in found))
    before = state.health.warnings if state.health else ()
    return health, tuple(each for each in found if each.what not in before)


def _segments(
    state: TrainerState, seen: Population, where: Assignments, share: dict[str, float], rare_share: float
) -> tuple[SegmentHealth, ...]:
    sizes, found = effective_sizes(state), []
    for at, segment in enumerate(state.ids):
        rows = where.members(at)
        distance, weights = where.distance[rows], seen.weights[rows]
        found.append(
            SegmentHealth(
                id=segment,
                people=round(float(weights.sum())),
                share=share[segment],
                effective_size=float(sizes[at]),
                cohesion=float(np.sqrt(np.average(np.square(distance), weights=weights))) if len(rows) else 0.0,
                drift=baseline_of(state, at).way_to(state.centroids[at]),
                rare=share[segment] < rare_share,
            )
        )
    return tuple(found)
