"""What people ask of the trainer, done at once and answered with a verdict."""

from __future__ import annotations

from dataclasses import replace

from stream.core.segment_model import SegmentModel
from stream.training.describe.description import rename_segment
from stream.training.rollout.candidate import refused
from stream.training.rollout.session import Progress
from stream.training.steps.erasure import erase
from stream.training.steps.refit import refit_segments
from stream.training.values.commands import Command, Drop, Forget, OperatorCommand, Promote, Refit, Rename, Rollback
from stream.training.values.promotion import Cause, Status, Trigger

_DONE_KEPT = 100  # commands remembered, so that one which comes again is not done again


def handle(progress: Progress, command: Command) -> None:
    """Do it; what can not be done is answered with the reason."""
    if isinstance(command, Forget):
        _forget(progress, command)
        return
    if command.id in progress.state.handled_commands:
        return
    progress.state = replace(
        progress.state, handled_commands=(*progress.state.handled_commands, command.id)[-_DONE_KEPT:]
    )
    if not progress.reservoir:
        _refuse(progress, command, progress.state.serving, Cause.EMPTY_RESERVOIR)
        return
    match command:
        case Promote():
            _promote(progress, command)
        case Drop():
            _drop(progress, command)
        case Rollback():
            _roll_back(progress, command)
        case Refit():
            _refit(progress, command)
        case Rename():  # pragma: no branch (there is no other command)
            _rename(progress, command)


def _forget(progress: Progress, command: Forget) -> None:
    memory, said = erase(progress.memory(), command.user, progress.salt)
    progress.reservoir, progress.home_segments, progress.models = (
        memory.reservoir,
        memory.home_segments,
        dict(memory.models),
    )
    progress.outputs += said


def _refuse(progress: Progress, command: OperatorCommand, version: int, cause: Cause) -> None:
    progress.say(version, Status.REFUSED, Trigger.OPERATOR, cause, command_id=command.id)


def _promote(progress: Progress, command: Promote) -> None:
    model, state = progress.models.get(command.version), progress.state
    if command.version == state.serving:
        if not state.auto_promotion_paused:
            _refuse(progress, command, command.version, Cause.ALREADY_SERVING)
            return
        progress.state = replace(state, auto_promotion_paused=False)
        progress.say(command.version, Status.PROMOTED, Trigger.OPERATOR, Cause.REQUESTED, command_id=command.id)
        return
    if model is None or (model.encoder, model.features) != (state.encoder, state.features):
        _refuse(progress, command, command.version, Cause.NO_SUCH_MODEL)
        return
    seen, model = progress.seen(), _as_named(progress, model)
    flow = progress.flows(model, seen)
    candidate = state.candidate if state.candidate and state.candidate.version == command.version else None
    if candidate is None:
        progress.drop(Cause.SUPERSEDED, Trigger.OPERATOR, command.id)
    progress.state = replace(progress.state, auto_promotion_paused=False)
    progress.promote(
        model,
        seen,
        Trigger.OPERATOR,
        _requested(command.version, model),
        flow,
        progress.lineage(model, seen),
        command.ramp_ms,
        kept=candidate.kept if candidate else (),
        command_id=command.id,
        changes=candidate.changes if candidate else (),
    )


def _drop(progress: Progress, command: Drop) -> None:
    waiting = progress.state.candidate
    if waiting is None or waiting.version != command.version:
        _refuse(progress, command, command.version, Cause.NOT_A_CANDIDATE)
        return
    progress.drop(Cause.REQUESTED, Trigger.OPERATOR, command.id)


def _roll_back(progress: Progress, command: Rollback) -> None:
    state = progress.state
    kept = [at for at, version in enumerate(state.former) if version in progress.models]
    if not kept:
        _refuse(progress, command, state.serving, Cause.NO_PREVIOUS_MODEL)
        return
    version = state.former[kept[-1]]
    seen, model = progress.seen(), _as_named(progress, progress.models[version])
    flow = progress.flows(model, seen)
    progress.drop(Cause.SUPERSEDED, Trigger.OPERATOR, command.id)
    lineage = progress.lineage(model, seen)
    progress.state = replace(progress.state, former=state.former[: kept[-1] + 1], auto_promotion_paused=True)
    progress.promote(
        model,
        seen,
        Trigger.OPERATOR,
        _requested(version, model),
        flow,
        lineage,
        ramp_ms=0,
        status=Status.ROLLED_BACK,
        command_id=command.id,
    )


def _as_named(progress: Progress, model: SegmentModel) -> SegmentModel:
    """The model, or if people have named a segment of it since, one that says so."""
    published_names = dict(zip(model.ids, (d.name for d in model.descriptions), strict=True))
    wrong = {s: name for s, name in progress.state.names.items() if published_names.get(s, name) != name}
    for segment, name in wrong.items():
        model = rename_segment(model, segment, name)
    return progress.publish(model) if wrong else model


def _requested(version: int, model: SegmentModel) -> Cause:
    """Return the cause for `model` to serve where `version` was requested."""
    return Cause.REQUESTED if model.version == version else Cause.REQUESTED_RENAMED


def _refit(progress: Progress, command: Refit) -> None:
    """A candidate of segments fitted anew; it goes the way of all candidates."""
    progress.drop(Cause.SUPERSEDED, Trigger.OPERATOR, command.id)
    policy, seen = progress.policy, progress.seen()
    draft = refit_segments(progress, seen, command.n_segments or policy.n_segments, command.seed)
    progress.propose(draft, seen, (), Trigger.OPERATOR, Cause.REFIT, command_id=command.id)


def _rename(progress: Progress, command: Rename) -> None:
    """The serving model again, but for the name."""
    state = progress.state
    if command.segment not in state.ids:
        _refuse(progress, command, state.serving, Cause.NO_SUCH_SEGMENT)
        return
    if progress.is_passing:
        _refuse(progress, command, state.serving, Cause.ROLLOUT_IN_PROGRESS)
        return
    names = {segment: name for segment, name in state.names.items() if segment != command.segment}
    names |= {command.segment: command.name} if command.name else {}
    progress.state = replace(state, names=names)
    _rename_candidate(progress, command)
    seen = progress.seen()
    model = progress.publish(rename_segment(progress.serving, command.segment, command.name))
    # the name is no reason to go back: what served before still did
    progress.promote(
        model,
        seen,
        Trigger.OPERATOR,
        Cause.RENAMED,
        ramp_ms=0,
        kept=state.ids,
        former=state.former,
        command_id=command.id,
    )


def _rename_candidate(progress: Progress, command: Rename) -> None:
    """The candidate again, but for the name, so that it does not come back with the candidate."""
    waiting = progress.state.candidate
    if waiting is None or command.segment not in progress.models[waiting.version].ids:
        return
    model = progress.publish(rename_segment(progress.models[waiting.version], command.segment, command.name))
    progress.say(waiting.version, Status.DROPPED, Trigger.OPERATOR, Cause.RENAMED, command_id=command.id)
    progress.state = replace(progress.state, candidate=replace(waiting, version=model.version))
    seen = progress.seen()
    flow = progress.flows(model, seen)
    status, cause = Status.PROPOSED, waiting.cause
    if waiting.held:
        status, cause = Status.HELD, refused(progress, flow) or waiting.cause
    lineage = progress.lineage(model, seen)
    progress.say(model.version, status, Trigger.OPERATOR, cause, flow, lineage, command.id, waiting.changes)
