"""Single actions on models: build, register, propose, drop and promote.

Every function returns the next state of the trainer with the outputs to publish, and changes no argument.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stream.core.segment_model import SegmentModel
from stream.training.describe.model_builder import build_model, segment_shares
from stream.training.rollout.drift_report import reference
from stream.training.rollout.impact import NO_IMPACT, Impact, expected_segments, impact_of
from stream.training.sample.population import Assignments, Population, assign_by_model, updated_home_segments
from stream.training.structure.match_ids import switch_to, unchanged_segments
from stream.training.values.candidate import Candidate
from stream.training.values.config import TrainerConfig
from stream.training.values.health import Baseline, Reference
from stream.training.values.outputs import Published, Retracted, Served, Step
from stream.training.values.promotion import Grounds, Promotion, Status, Trigger
from stream.training.values.state import SegmentsState, TrainerState


@dataclass(frozen=True, slots=True)
class NewSegments:
    """Segments to build a candidate of; `born` are new ones, and the changes have held since `since_ms`."""

    segments: SegmentsState
    since_ms: int
    born: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Promoted:
    """A model to promote over `ramp_ms`. `kept` segments continue from the trainer's centroids.

    `previous` are the versions to roll back to afterwards, the newest last.
    """

    model: SegmentModel
    previous: tuple[int, ...]
    ramp_ms: int
    kept: tuple[str, ...] = ()
    status: Status = Status.PROMOTED
    impact: Impact = NO_IMPACT


def decide(
    state: TrainerState,
    version: int,
    status: Status,
    grounds: Grounds,
    config: TrainerConfig,
    impact: Impact = NO_IMPACT,
) -> Promotion:
    """Return the decision on a model in published form."""
    return Promotion(
        segment_model=version,
        previous_model=state.registry.serving,
        status=status,
        trigger=grounds.trigger,
        cause=grounds.cause,
        time_ms=grounds.time_ms,
        command_id=grounds.command_id,
        changes=grounds.changes,
        n_sampled=impact.n_sampled,
        share_moved=impact.share_moved,
        share_entered=impact.share_entered,
        churn_budget=config.policy.churn_budget,
        transitions=impact.transitions,
        lineage=impact.lineage,
        auto_promotion_paused=state.rollout.auto_promotion_paused,
    )


def build(
    state: TrainerState, segments: SegmentsState, population: Population, config: TrainerConfig
) -> tuple[TrainerState, SegmentModel]:
    """Return the state with a model of `segments` under the next version, and the model."""
    model = build_model(segments, population, state.registry.serving_model, config.policy, config.salt)
    return register(state, model)


def register(state: TrainerState, model: SegmentModel) -> tuple[TrainerState, SegmentModel]:
    """Return the state with the model under the next version, and the model with the new version."""
    registry = state.registry.with_model(model)
    return replace(state, registry=registry), registry.models[registry.newest]


def propose(
    state: TrainerState, population: Population, new: NewSegments, grounds: Grounds, config: TrainerConfig
) -> Step:
    """Build a candidate to run in shadow; new segment ids are used up, with or without a promotion."""
    state, model = build(state, new.segments, population, config)
    segments = state.segments
    candidate = Candidate(
        version=model.version,
        since_ms=new.since_ms,
        cause=grounds.cause,
        changes=grounds.changes,
        first_id=segments.next_id,
        kept=unchanged_segments(segments, new.segments),
        born=new.born,
    )
    n_new = sum(segment not in segments.ids for segment in new.segments.ids)
    impact = impact_of(model, state.serving_model, population, config.margins)
    decision = decide(state, model.version, Status.PROPOSED, grounds, config, impact)
    proposed = replace(
        state,
        segments=replace(segments, next_id=segments.next_id + n_new),
        rollout=replace(state.rollout, candidate=candidate),
    )
    return proposed, (Published(model), decision)


def drop(state: TrainerState, grounds: Grounds, config: TrainerConfig) -> Step:
    """Return the state without the candidate, and the decision; nothing without one.

    Changes of a candidate dropped by an operator must hold for the whole shadow time again.
    """
    rollout = state.rollout
    if rollout.candidate is None:
        return state, ()
    decision = decide(state, rollout.candidate.version, Status.DROPPED, grounds, config)
    since = {} if grounds.trigger is Trigger.OPERATOR else rollout.changes_since
    return replace(state, rollout=replace(rollout, candidate=None, changes_since=since)), (decision,)


def promote(
    state: TrainerState, population: Population, promoted: Promoted, grounds: Grounds, config: TrainerConfig
) -> Step:
    """Let a model serve, and continue training from the model's segments. Another candidate waits on."""
    model, impact, before = promoted.model, promoted.impact, state.registry
    decision = decide(state, model.version, promoted.status, grounds, config, impact)
    waiting = state.rollout.candidate
    if waiting is not None and waiting.version == model.version:
        waiting = None
    rollout = replace(
        state.rollout,
        candidate=waiting,
        ramp_ends_ms=grounds.time_ms + promoted.ramp_ms,
        changes_since={} if impact.lineage else state.rollout.changes_since,
    )
    registry = before.with_serving(model.version, promoted.previous, waiting.version if waiting else None)
    retracted = (Retracted(version) for version in sorted(before.models) if version not in registry.models)
    state = _switch_segments(state, population, promoted, grounds, config)
    state = replace(state, rollout=rollout, registry=registry)
    decision = replace(decision, ramp_ms=promoted.ramp_ms)
    return state, (decision, Served(model, before.serving_model), *retracted)


def _switch_segments(
    state: TrainerState, population: Population, promoted: Promoted, grounds: Grounds, config: TrainerConfig
) -> TrainerState:
    """Return the state with the promoted model's segments, and the users with the expected segments."""
    model, serving = promoted.model, state.registry.serving_model
    where = assign_by_model(population, model)
    names = {segment: d.name for segment, d in zip(model.ids, model.descriptions, strict=True)}
    segments = replace(switch_to(state.segments, model, where, promoted.kept), published_names=names)
    moved = expected_segments(population, serving, model, config.margins)
    users = replace(state.users, reservoir={**state.users.reservoir, **moved})
    if _is_new_reference(state, promoted, grounds):
        segments = replace(segments, reference=_reference(state.segments, population, where, promoted, grounds))
        users = replace(users, home_segments=updated_home_segments(population, where, model.ids))
    return replace(state, segments=segments, users=users)


def _is_new_reference(state: TrainerState, promoted: Promoted, grounds: Grounds) -> bool:
    """Return True if later health reports compare with today's users: segments changed, or an operator chose the model.

    The first model of a generation has no baselines yet. A mere renaming of a segment is not a choice.
    """
    serving = state.registry.serving_model
    if promoted.impact.lineage or serving is None or not state.segments.reference.baselines:
        return True
    return grounds.trigger is Trigger.OPERATOR and not np.array_equal(promoted.model.centroids, serving.centroids)


def _reference(
    segments: SegmentsState, population: Population, where: Assignments, promoted: Promoted, grounds: Grounds
) -> Reference:
    """Return today's reference; segments kept by an automatic promotion have the baselines of before."""
    model = promoted.model
    found = reference(population.raw.explicit, population.weights, segment_shares(population, where, model.ids))
    known = segments.reference.baselines if grounds.trigger is Trigger.AUTOMATIC else {}
    baselines = {
        segment: known[segment] if segment in promoted.kept and segment in known else Baseline(centroid, limit)
        for segment, centroid, limit in zip(model.ids, model.centroids, model.thresholds.tolist(), strict=True)
    }
    return replace(found, baselines=baselines)
