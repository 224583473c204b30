"""Generations: a new scaler and new segments, fitted on the users of now, serving at once.

The first generation is the warm-up. Windows that were short then fill, and users come: the first scale and the first
clusters are those of few users who said little. So a trainer begins a new generation when the users or the windows it
was fitted on have grown; both have upper bounds. It also does when too many users are unknown. Segments with the same
users keep their ids and names.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stream.training.cluster.centroids import mean_square
from stream.training.cluster.clusterer import make_clusterer
from stream.training.rollout.actions import Promoted, build, drop, promote
from stream.training.rollout.impact import Impact, impact_of
from stream.training.sample.population import Population
from stream.training.steps.fit_generation import Generation, extent_of, fit_generation
from stream.training.structure.lineage import generation_events
from stream.training.values.config import TrainerConfig
from stream.training.values.health import Figure, HealthWarning
from stream.training.values.outputs import Output, Published, Retracted, Served, Step
from stream.training.values.promotion import Cause, Grounds, Promotion, Trigger
from stream.training.values.state import ModelRegistry, SampledUsers, TrainerState

USERS_FACTOR = 2.0  # times the sampled users of the last generation
MASS_FACTOR = 1.5  # times the median mass of the last generation
UNKNOWN_MAX = 0.25  # of the sampled users
SPREAD_MIN = 0.25  # of the variance that users with any differences have


def is_outgrown(state: TrainerState, population: Population, unknown_share: float, config: TrainerConfig) -> bool:
    """Return True if the users or their windows have grown out of the state's generation, and it may be replaced.

    A generation in which a quarter of the users are unknown is outgrown as well, unless the clusterer leaves noise out.
    """
    then, now = state.segments.extent, extent_of(population)
    grown = now.n_users >= USERS_FACTOR * then.n_users or now.mass >= MASS_FACTOR * then.mass
    grown |= unknown_share >= UNKNOWN_MAX and make_clusterer(config.policy).thresholds_may_grow
    return grown and config.policy.adapt and state.rollout.blocked_at(state.watermark_ms) is None


def begin_generation(state: TrainerState, grounds: Grounds, config: TrainerConfig) -> Step:
    """Return the state with a new generation serving at once; models of the last one can not serve again."""
    before, registry = state.segments, state.registry
    state, dropped = drop(state, replace(grounds, cause=Cause.SUPERSEDED), config)
    new = fit_generation(state.users, before, state.watermark_ms, config)
    extent = new.segments.extent if grounds.trigger is Trigger.OPERATOR else new.segments.extent.grown_to(before.extent)
    segments, serving = replace(new.segments, extent=extent), state.serving_model
    state, model = build(replace(state, segments=segments), segments, new.population, config)
    impact = impact_of(model, serving, new.population, config.margins)
    state, outputs = _serve(state, Promoted(model, (), 0, segments.ids, impact=impact), registry, new, grounds, config)
    return state, (*dropped, *outputs)


def first_generation(
    users: SampledUsers, watermark_ms: int, previous: TrainerState | None, config: TrainerConfig
) -> Step:
    """Return the state after the warm-up; `previous` is a state of another encoder or other features, if any."""
    new = fit_generation(users, previous.segments if previous else None, watermark_ms, config)
    state = TrainerState(new.segments, users, ModelRegistry(), reviewed_ms=watermark_ms)
    grounds = Grounds(Trigger.WARM_UP, Cause.WARM_UP, watermark_ms)
    dropped: tuple[Output, ...] = ()
    if previous is not None:
        dropped = drop(previous, grounds, config)[1]
        rollout = replace(state.rollout, auto_promotion_paused=previous.rollout.auto_promotion_paused)
        state = replace(state, registry=ModelRegistry(newest=previous.registry.newest), rollout=rollout)
    registry = previous.registry if previous is not None else ModelRegistry()
    state, model = build(state, state.segments, new.population, config)
    impact = Impact(lineage=generation_events(previous.segments.ids if previous else (), model))
    first = Promoted(model, previous=(), ramp_ms=0, kept=state.segments.ids, impact=impact)
    state, outputs = _serve(state, first, registry, new, grounds, config)
    return state, (*dropped, *outputs)


def _serve(
    state: TrainerState,
    promoted: Promoted,
    before: ModelRegistry,
    new: Generation,
    grounds: Grounds,
    config: TrainerConfig,
) -> Step:
    """Promote the first model of a generation, and retract all models of the registry `before`: of another space."""
    model = promoted.model
    state, outputs = promote(state, new.population, promoted, grounds, config)
    decisions = tuple(output for output in outputs if isinstance(output, Promotion))
    served = Served(model, before.serving_model)  # `segments` retires those of the generation before
    retracted = (Retracted(version) for version in before.models)
    warnings = spread_warnings(new.population, model.version, grounds.time_ms)
    state = replace(state, registry=replace(state.registry, models={model.version: model}))
    return state, (Published(model), *decisions, served, *retracted, *warnings)


def spread_warnings(population: Population, version: int, time_ms: int) -> tuple[HealthWarning, ...]:
    """Return a warning if the users a generation was fitted on hardly differ: such a scale means nothing to others."""
    spread = mean_square(np.sqrt(np.square(population.x).sum(axis=1)), population.weights)
    if spread >= SPREAD_MIN:
        return ()
    return (HealthWarning(time_ms, version, Figure.SPREAD, "", spread, SPREAD_MIN),)
