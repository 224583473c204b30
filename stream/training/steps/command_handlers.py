"""Handlers of operators' commands. Each command is executed once, at once, and answered by a decision with its id."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stream.core.segment_model import SegmentModel
from stream.training.describe.description import rename_segment
from stream.training.rollout.actions import NewSegments, Promoted, decide, drop, promote, propose, register
from stream.training.rollout.impact import impact_of
from stream.training.sample.population import Population, build_population
from stream.training.steps.generation import begin_generation
from stream.training.steps.refit import refit_segments
from stream.training.values.commands import Drop, OperatorCommand, Promote, Refit, Rename, Renew, Rollback
from stream.training.values.config import TrainerConfig
from stream.training.values.outputs import Output, Published, Step
from stream.training.values.promotion import Cause, Grounds, Status, Trigger
from stream.training.values.state import TrainerState

_HANDLED_KEPT = 100  # commands whose ids are kept, so that a repeated one is not executed again


@dataclass(frozen=True, slots=True)
class _Request:
    """A command's id and time, and the users to measure the impact on."""

    command_id: str
    time_ms: int
    population: Population
    config: TrainerConfig

    def grounds(self, cause: Cause) -> Grounds:
        """Return the grounds of a decision by this command."""
        return Grounds(Trigger.OPERATOR, cause, self.time_ms, self.command_id)


def handle(state: TrainerState, command: OperatorCommand, config: TrainerConfig, time_ms: int) -> Step:
    """Return the state after the command, and the decisions in answer; a repeated command changes nothing."""
    if command.id in state.handled_commands:
        return state, ()
    state = replace(state, handled_commands=(*state.handled_commands, command.id)[-_HANDLED_KEPT:])
    refusal = _refusal(state, command, config, time_ms)
    if refusal is not None:
        is_known = refusal is not Cause.EMPTY_RESERVOIR
        version = command.version if isinstance(command, Promote | Drop) and is_known else state.registry.serving
        grounds = Grounds(Trigger.OPERATOR, refusal, time_ms, command.id)
        return state, (decide(state, version, Status.REFUSED, grounds, config),)
    request = _Request(command.id, time_ms, build_population(state.users, state.segments.scaler), config)
    match command:
        case Promote():
            return _promote(state, command, request)
        case Drop():
            return drop(state, request.grounds(Cause.REQUESTED), config)
        case Rollback():
            return _roll_back(state, request)
        case Refit():
            return _refit(state, command, request)
        case Renew():
            state = _with_auto_promotion(state, paused=False)
            return begin_generation(state, request.grounds(Cause.RENEWED), config)
        case Rename():  # pragma: no branch (there is no other command)
            return _rename(state, command, request)


def _refusal(state: TrainerState, command: OperatorCommand, config: TrainerConfig, time_ms: int) -> Cause | None:
    """Return why the command can not be executed; None if it can."""
    rollout, registry = state.rollout, state.registry
    if not state.users.reservoir:
        return Cause.EMPTY_RESERVOIR
    match command:
        case Promote(version=version) if version == registry.serving:
            return None if rollout.auto_promotion_paused else Cause.ALREADY_SERVING
        case Promote(version=version):
            model = registry.models.get(version)
            return None if model and model.fits(config.encoder, config.features) else Cause.NO_SUCH_MODEL
        case Drop(version=version):
            candidate = rollout.candidate
            return None if candidate and candidate.version == version else Cause.NOT_A_CANDIDATE
        case Rollback():
            return None if any(version in registry.models for version in registry.previous) else Cause.NO_PREVIOUS_MODEL
        case Rename(segment=segment) if segment not in state.segments.ids:
            return Cause.NO_SUCH_SEGMENT
        case Rename() if time_ms < rollout.ramp_ends_ms:
            return Cause.ROLLOUT_IN_PROGRESS
    return None


def _promote(state: TrainerState, command: Promote, request: _Request) -> Step:
    if command.version == state.registry.serving:
        state, config = _with_auto_promotion(state, paused=False), request.config
        decision = decide(state, command.version, Status.PROMOTED, request.grounds(Cause.REQUESTED), config)
        return state, (decision,)
    candidate = state.rollout.candidate
    if candidate is not None and candidate.version != command.version:
        candidate = None
    state, model = _under_given_names(state, command.version)
    dropped: tuple[Output, ...] = ()
    if candidate is None:
        state, dropped = drop(state, request.grounds(Cause.SUPERSEDED), request.config)
    promoted = Promoted(
        model,
        previous=(*state.registry.previous, state.registry.serving),
        ramp_ms=request.config.policy.ramp_ms if command.ramp_ms is None else command.ramp_ms,
        kept=candidate.kept if candidate else (),
        impact=impact_of(model, state.serving_model, request.population, request.config.margins),
    )
    grounds = request.grounds(_requested(command.version, model))
    grounds = replace(grounds, changes=candidate.changes if candidate else ())
    state = _with_auto_promotion(state, paused=False)
    state, outputs = promote(state, request.population, promoted, grounds, request.config)
    return state, (*_published(model, command.version), *dropped, *outputs)


def _roll_back(state: TrainerState, request: _Request) -> Step:
    """Let the last of the previous models still kept serve again."""
    versions = state.registry.previous
    at = max(at for at, version in enumerate(versions) if version in state.registry.models)
    state, model = _under_given_names(state, versions[at])
    impact = impact_of(model, state.serving_model, request.population, request.config.margins)
    state, dropped = drop(state, request.grounds(Cause.SUPERSEDED), request.config)
    promoted = Promoted(model, versions[:at], ramp_ms=0, status=Status.ROLLED_BACK, impact=impact)
    grounds = request.grounds(_requested(versions[at], model))
    state = _with_auto_promotion(state, paused=True)
    state, outputs = promote(state, request.population, promoted, grounds, request.config)
    return state, (*_published(model, versions[at]), *dropped, *outputs)


def _refit(state: TrainerState, command: Refit, request: _Request) -> Step:
    """Propose a candidate of segments fitted again, rolled out as any other."""
    config, population = request.config, request.population
    state, dropped = drop(state, request.grounds(Cause.SUPERSEDED), config)
    n_segments = command.n_segments or config.policy.n_segments
    new = NewSegments(refit_segments(state, population, config.policy, n_segments, command.seed), state.watermark_ms)
    state, outputs = propose(state, population, new, request.grounds(Cause.REFIT), config)
    return state, (*dropped, *outputs)


def _rename(state: TrainerState, command: Rename, request: _Request) -> Step:
    """Publish and promote the serving model again with the segment's name."""
    names = {segment: name for segment, name in state.segments.names.items() if segment != command.segment}
    names |= {command.segment: command.name} if command.name else {}
    state = replace(state, segments=replace(state.segments, names=names))
    state, of_candidate = _rename_candidate(state, command, request)
    state, model = register(state, rename_segment(state.serving_model, command.segment, command.name))
    # a rename is nothing to roll back: the models that served before stay the previous ones
    promoted = Promoted(model, state.registry.previous, ramp_ms=0, kept=state.segments.ids)
    grounds = request.grounds(Cause.RENAMED)
    state, outputs = promote(state, request.population, promoted, grounds, request.config)
    return state, (*of_candidate, Published(model), *outputs)


def _rename_candidate(state: TrainerState, command: Rename, request: _Request) -> Step:
    """Publish the candidate again with the segment's name, so a promotion does not undo the rename."""
    candidate, config = state.rollout.candidate, request.config
    if candidate is None or command.segment not in state.registry.models[candidate.version].ids:
        return state, ()
    old = state.registry.models[candidate.version]
    state, model = register(state, rename_segment(old, command.segment, command.name))
    dropped = decide(state, candidate.version, Status.DROPPED, request.grounds(Cause.RENAMED), config)
    renamed = replace(candidate, version=model.version)
    state = replace(state, rollout=replace(state.rollout, candidate=renamed))
    impact = impact_of(model, state.serving_model, request.population, config.margins)
    status, cause = Status.PROPOSED, candidate.cause
    if candidate.held:
        over = Cause.OVER_BUDGET if impact.share_moved > config.policy.churn_budget else None
        status, cause = Status.HELD, state.rollout.blocked_at(request.time_ms) or over or candidate.cause
    grounds = replace(request.grounds(cause), changes=candidate.changes)
    return state, (Published(model), dropped, decide(state, model.version, status, grounds, config, impact))


def _under_given_names(state: TrainerState, version: int) -> tuple[TrainerState, SegmentModel]:
    """Return the model of this version, under a new one if operators have named its segments since."""
    model = state.registry.models[version]
    names = dict(zip(model.ids, (d.name for d in model.descriptions), strict=True))
    given = {s: name for s, name in state.segments.names.items() if names.get(s, name) != name}
    for segment, name in given.items():
        model = rename_segment(model, segment, name)
    return register(state, model) if given else (state, model)


def _published(model: SegmentModel, requested: int) -> tuple[Output, ...]:
    return () if model.version == requested else (Published(model),)


def _requested(version: int, model: SegmentModel) -> Cause:
    """Return the cause for `model` to serve where `version` was requested."""
    return Cause.REQUESTED if model.version == version else Cause.REQUESTED_RENAMED


def _with_auto_promotion(state: TrainerState, paused: bool) -> TrainerState:
    return replace(state, rollout=replace(state.rollout, auto_promotion_paused=paused))
