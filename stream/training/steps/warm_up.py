"""The warm-up: from the first samples to the first segments, which serve at once.

A warm-up that replaces a memory of another encoder is a new generation: a segment that holds the people of a former one
keeps its id and, given by hand, its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from sklearn.preprocessing import StandardScaler

from stream.core.decision.overrides import Margins
from stream.core.output import Sample
from stream.core.profile import Profiles
from stream.core.segment_model import Scaler
from stream.training.cluster.centroids import held_out, nearest_centroids, thresholds
from stream.training.rollout.drift_report import reference
from stream.training.rollout.session import Progress
from stream.training.sample.population import Population, build_population
from stream.training.sample.watermark import batch_watermark_ms
from stream.training.structure.fit import FittedClusters, fit_clusters
from stream.training.structure.lineage import Reassignment, generation_events, match_ids
from stream.training.values.outputs import Retracted, Served
from stream.training.values.policy import TrainingPolicy
from stream.training.values.promotion import Cause, Status, Trigger
from stream.training.values.reservoir import Reservoir, by_priority, raw_profiles, update_reservoir
from stream.training.values.state import Memory, TrainerState, ids_from

_ROUNDING = 1e-6  # of the components of a unit vector in float32


def warm_up(
    former: Memory,
    samples: Sequence[Sample],
    policy: TrainingPolicy,
    semantic_weight: float,
    margin: Margins,
    salt: str,
    features: tuple[str, ...],
) -> Progress:
    """The first segments of `samples`, which must be of one encoder and sound; `former` was remembered before."""
    reservoir, inclusion_thresholds = update_reservoir({}, {}, samples, [""] * len(samples), policy.reservoir_users)
    scaler = fit_scaler(raw_profiles(by_priority(reservoir)), semantic_weight)
    seen = build_population(reservoir, {}, scaler, inclusion_thresholds)
    groups = fit_clusters(seen, policy, policy.n_segments, policy.seed)
    state = replace(
        _first_state(former.state, seen, groups, samples, scaler, policy, features),
        inclusion_thresholds=inclusion_thresholds,
    )
    return _first_progress(state, former, seen, reservoir, policy, margin, salt)


def fit_scaler(raw: Profiles, semantic_weight: float) -> Scaler:
    """The scaler of profiles; what does not vary in them is left as it is (scale 1)."""
    explicit = StandardScaler().fit(raw.explicit)
    mean = raw.semantic.mean(axis=0, dtype=np.float64).astype(np.float32)
    spread = float(np.sqrt(np.square(raw.semantic - mean, dtype=np.float64).sum(axis=1).mean()))
    return Scaler(explicit.mean_, explicit.scale_, mean, spread if spread > _ROUNDING else 1.0, semantic_weight)


def _first_state(
    former: TrainerState | None,
    seen: Population,
    groups: FittedClusters,
    samples: Sequence[Sample],
    scaler: Scaler,
    policy: TrainingPolicy,
    features: tuple[str, ...],
) -> TrainerState:
    k, seen = len(groups.centroids), seen.select(groups.rows)
    nearest, distance = nearest_centroids(seen.x, groups.centroids)
    counts = np.bincount(nearest, minlength=k).astype(np.float64)
    kept: tuple[str | None, ...] = (None,) * k
    if former is not None:
        kept = match_ids(former.ids, Reassignment(seen.current_segments, nearest, seen.weights), k)
    next_id = former.next_id if former else 1
    fresh = iter(ids_from(next_id, kept.count(None)))
    ids = tuple(segment or next(fresh) for segment in kept)
    watermark_ms = batch_watermark_ms(samples)
    return TrainerState(
        encoder=samples[-1].encoder,
        features=features,
        scaler=scaler,
        ids=ids,
        next_id=next_id + kept.count(None),
        centroids=groups.centroids,
        counts=counts,
        squares=counts.copy(),
        thresholds=thresholds(held_out(distance, counts[nearest]), nearest, seen.weights, k, policy.unknown_rate),
        reference=reference(seen.raw.explicit, seen.weights, {}),
        version=former.version if former else 0,
        watermark_ms=watermark_ms,
        reviewed_ms=watermark_ms,
        names={s: n for s, n in former.names.items() if s in ids} if former else {},
        published_names={s: n for s, n in former.published_names.items() if s in ids} if former else {},
    )


def _first_progress(
    state: TrainerState,
    former: Memory,
    seen: Population,
    reservoir: Reservoir,
    policy: TrainingPolicy,
    margin: Margins,
    salt: str,
) -> Progress:
    """The first model serves. Those of the former memory are of another space, and can not serve again."""
    progress = Progress(state, reservoir, {}, {}, policy, margin, salt)
    ids: tuple[str, ...] = ()
    if former.state is not None:
        ids = former.state.ids
        progress.state = replace(state, auto_promotion_paused=former.state.auto_promotion_paused)
        if former.state.candidate is not None:
            progress.say(former.state.candidate.version, Status.DROPPED, Trigger.WARM_UP, Cause.WARM_UP)
    model = progress.make(state, seen)
    progress.promote(
        model, seen, Trigger.WARM_UP, Cause.WARM_UP, lineage=generation_events(ids, model), ramp_ms=0, kept=state.ids
    )
    progress.outputs += [Retracted(version) for version in former.models]
    if former.state is not None:  # the catalogue says which segments of the former generation are gone
        was = former.models.get(former.state.serving)
        progress.outputs = [replace(o, former=was) if isinstance(o, Served) else o for o in progress.outputs]
    return progress
