"""The warm-up: from the first samples to the first segments, serving at once.

A warm-up after a state of another encoder begins a new generation. A segment with the users of an earlier one keeps the
id, and a name set by an operator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler

from stream.core.output import Sample
from stream.core.profile import Profiles
from stream.core.segment_model import Scaler
from stream.training.cluster.centroids import held_out, nearest_centroids, thresholds
from stream.training.rollout.actions import Promoted, build, decide, promote
from stream.training.rollout.drift_report import reference
from stream.training.rollout.impact import Impact
from stream.training.sample.population import Population, build_population
from stream.training.sample.watermark import batch_watermark_ms
from stream.training.structure.fit import fit_clusters
from stream.training.structure.lineage import Reassignment, generation_events, match_ids
from stream.training.values.candidate import RolloutState
from stream.training.values.config import TrainerConfig
from stream.training.values.outputs import Output, Published, Retracted, Served, Step
from stream.training.values.promotion import Cause, Grounds, Status, Trigger
from stream.training.values.reservoir import by_priority, raw_profiles, update_reservoir
from stream.training.values.state import ModelRegistry, SampledUsers, SegmentsState, TrainerState, ids_from

_ROUNDING = 1e-6  # of the components of a unit vector in float32


def warm_up(previous: TrainerState | None, samples: Sequence[Sample], config: TrainerConfig) -> Step:
    """Return the state with the first segments of `samples`, all finite and of one encoder.

    `previous` is the state of the generation before.
    """
    strata = [""] * len(samples)
    reservoir, inclusion_thresholds = update_reservoir({}, {}, samples, strata, config.policy.reservoir_users)
    users = SampledUsers(reservoir, inclusion_thresholds)
    scaler = fit_scaler(raw_profiles(by_priority(reservoir)), config.semantic_weight)
    population = build_population(users, scaler)
    segments = _first_segments(previous, population, scaler, samples, config)
    state = TrainerState(segments, users, ModelRegistry(), reviewed_ms=segments.watermark_ms)
    if previous is not None:
        rollout = RolloutState(auto_promotion_paused=previous.rollout.auto_promotion_paused)
        state = replace(state, registry=ModelRegistry(newest=previous.registry.newest), rollout=rollout)
    return _serve_first(state, previous, population, config)


def fit_scaler(raw: Profiles, semantic_weight: float) -> Scaler:
    """Return the scaler of profiles; constant features have a scale of 1."""
    explicit = StandardScaler().fit(raw.explicit)
    mean = raw.semantic.mean(axis=0, dtype=np.float64).astype(np.float32)
    spread = float(np.sqrt(np.square(raw.semantic - mean, dtype=np.float64).sum(axis=1).mean()))
    return Scaler(explicit.mean_, explicit.scale_, mean, spread if spread > _ROUNDING else 1.0, semantic_weight)


def _first_segments(
    previous: TrainerState | None,
    population: Population,
    scaler: Scaler,
    samples: Sequence[Sample],
    config: TrainerConfig,
) -> SegmentsState:
    policy = config.policy
    fitted = fit_clusters(population, policy, policy.n_segments, policy.seed)
    k, population = len(fitted.centroids), population.select(fitted.rows)
    nearest, distance = nearest_centroids(population.x, fitted.centroids)
    counts = np.bincount(nearest, minlength=k).astype(np.float64)
    before = previous.segments if previous else None
    next_id = before.next_id if before else 1
    ids, n_new = (ids_from(next_id, k), k) if before is None else _inherited_ids(before, population, nearest, k)
    return SegmentsState(
        encoder=samples[-1].encoder,
        features=config.features,
        scaler=scaler,
        ids=ids,
        next_id=next_id + n_new,
        centroids=fitted.centroids,
        counts=counts,
        squares=counts.copy(),
        thresholds=thresholds(held_out(distance, counts[nearest]), nearest, population.weights, k, policy.unknown_rate),
        reference=reference(population.raw.explicit, population.weights, {}),
        watermark_ms=batch_watermark_ms(samples),
        names={s: n for s, n in before.names.items() if s in ids} if before else {},
        published_names={s: n for s, n in before.published_names.items() if s in ids} if before else {},
    )


def _inherited_ids(
    before: SegmentsState, population: Population, nearest: NDArray[np.intp], k: int
) -> tuple[tuple[str, ...], int]:
    """Return the ids of k clusters, of continued segments or new, and the number of new ones."""
    kept = match_ids(before.ids, Reassignment(population.current_segments, nearest, population.weights), k)
    fresh = iter(ids_from(before.next_id, kept.count(None)))
    return tuple(segment or next(fresh) for segment in kept), kept.count(None)


def _serve_first(
    state: TrainerState, previous: TrainerState | None, population: Population, config: TrainerConfig
) -> Step:
    """Promote the first model. Models of the generation before are of another space, and can not serve again."""
    grounds = Grounds(Trigger.WARM_UP, Cause.WARM_UP, state.watermark_ms)
    outputs: list[Output] = []
    if previous is not None and previous.rollout.candidate is not None:
        outputs.append(decide(state, previous.rollout.candidate.version, Status.DROPPED, grounds, config))
    state, model = build(state, state.segments, population, config)
    events = generation_events(previous.segments.ids if previous else (), model)
    first = Promoted(model, previous=(), ramp_ms=0, kept=state.segments.ids, impact=Impact(lineage=events))
    state, promoted = promote(state, population, first, grounds, config)
    outputs += [Published(model), *promoted]
    if previous is not None:
        outputs += [Retracted(version) for version in previous.registry.models]
        # `segments` retires those of the generation before
        served = Served(model, previous.registry.serving_model)
        outputs = [served if isinstance(output, Served) else output for output in outputs]
    return state, tuple(outputs)
