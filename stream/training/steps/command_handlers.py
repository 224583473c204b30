"""What people ask of the trainer, done at once and answered with a verdict."""

from __future__ import annotations

from dataclasses import replace

from stream.core.segment_model import SegmentModel
from stream.training.describe.description import renamed
from stream.training.rollout.candidate import REFIT, refused
from stream.training.rollout.session import Progress
from stream.training.steps.erasure import erase
from stream.training.steps.refit import refit_segments
from stream.training.values.commands import Command, Drop, Forget, Promote, Refit, Rename, Rollback
from stream.training.values.promotion import DROPPED, HELD, PROMOTED, PROPOSED, REFUSED, ROLLED_BACK

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
        said = f"nobody is remembered, so nobody could be asked (asked for by {command.id})"
        progress.say(progress.state.serving, REFUSED, "hand", said)
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


def _promote(progress: Progress, command: Promote) -> None:
    model, state = progress.models.get(command.version), progress.state
    reason = f"asked for by {command.id}"
    if command.version == state.serving:
        status, why = (PROMOTED, reason) if state.auto_promotion_paused else (REFUSED, f"it serves already ({reason})")
        progress.state = replace(state, auto_promotion_paused=False)
        progress.say(command.version, status, "hand", why)
        return
    if model is None or (model.encoder, model.features) != (state.encoder, state.features):
        known = ", ".join(str(version) for version in sorted(progress.models))
        progress.say(command.version, REFUSED, "hand", f"there is no such model, only {known} ({reason})")
        return
    seen, model = progress.seen(), _as_named(progress, model)
    flow = progress.flows(model, seen)
    candidate = state.candidate if state.candidate and state.candidate.version == command.version else None
    if candidate is None:
        progress.drop(f"another model is promoted ({reason})", "hand")
    progress.state = replace(progress.state, auto_promotion_paused=False)
    said, kept = _said(command.version, model, reason), candidate.kept if candidate else ()
    progress.promote(model, seen, "hand", said, flow, progress.lineage(model, seen), command.ramp_ms, kept=kept)


def _drop(progress: Progress, command: Drop) -> None:
    waiting, reason = progress.state.candidate, f"asked for by {command.id}"
    if waiting is None or waiting.version != command.version:
        which = f"only model {waiting.version} does" if waiting else "nor does any other"
        progress.say(command.version, REFUSED, "hand", f"it does not wait to serve, {which} ({reason})")
        return
    progress.drop(f"given up ({reason})", "hand")


def _roll_back(progress: Progress, command: Rollback) -> None:
    state, reason = progress.state, f"asked for by {command.id}"
    kept = [at for at, version in enumerate(state.former) if version in progress.models]
    if not kept:
        progress.say(state.serving, REFUSED, "hand", f"no model that served before this one is kept ({reason})")
        return
    version = state.former[kept[-1]]
    seen, model = progress.seen(), _as_named(progress, progress.models[version])
    flow = progress.flows(model, seen)
    progress.drop(f"rolled back ({reason})", "hand")
    lineage = progress.lineage(model, seen)
    progress.state = replace(progress.state, former=state.former[: kept[-1] + 1], auto_promotion_paused=True)
    said = _said(version, model, reason)
    progress.promote(model, seen, "hand", said, flow, lineage, ramp_ms=0, status=ROLLED_BACK)


def _as_named(progress: Progress, model: SegmentModel) -> SegmentModel:
    """The model, or if people have named a segment of it since, one that says so."""
    published_names = dict(zip(model.ids, (d.name for d in model.descriptions), strict=True))
    wrong = {s: name for s, name in progress.state.names.items() if published_names.get(s, name) != name}
    for segment, name in wrong.items():
        model = renamed(model, segment, name)
    return progress.publish(model) if wrong else model


def _said(version: int, model: SegmentModel, reason: str) -> str:
    """The reason why `model` serves, where `version` was meant."""
    return reason if model.version == version else f"model {version} under the names given since ({reason})"


def _refit(progress: Progress, command: Refit) -> None:
    """A candidate of segments fitted anew; it goes the way of all candidates."""
    reason = f"asked for by {command.id}"
    progress.drop(f"a new fit takes its place ({reason})", "hand")
    policy, seen = progress.policy, progress.seen()
    draft = refit_segments(progress, seen, command.n_segments or policy.n_segments, command.seed)
    progress.propose(draft, seen, REFIT, (), "hand", reason)


def _rename(progress: Progress, command: Rename) -> None:
    """The serving model again, but for the name."""
    state, reason = progress.state, f"asked for by {command.id}"
    if command.segment not in state.ids:
        known = ", ".join(state.ids)
        progress.say(state.serving, REFUSED, "hand", f"there is no segment {command.segment}, only {known} ({reason})")
        return
    if progress.is_passing:
        progress.say(state.serving, REFUSED, "hand", f"people still pass to this model, rename later ({reason})")
        return
    names = {segment: name for segment, name in state.names.items() if segment != command.segment}
    names |= {command.segment: command.name} if command.name else {}
    progress.state = replace(state, names=names)
    _rename_candidate(progress, command, reason)
    seen = progress.seen()
    model = progress.publish(renamed(progress.serving, command.segment, command.name))
    # the name is no reason to go back: what served before still did
    progress.promote(model, seen, "hand", reason, ramp_ms=0, kept=state.ids, former=state.former)


def _rename_candidate(progress: Progress, command: Rename, reason: str) -> None:
    """The candidate again, but for the name, so that it does not come back with the candidate."""
    waiting = progress.state.candidate
    if waiting is None or command.segment not in progress.models[waiting.version].ids:
        return
    model = progress.publish(renamed(progress.models[waiting.version], command.segment, command.name))
    progress.say(waiting.version, DROPPED, "hand", f"a segment of it was renamed ({reason})")
    progress.state = replace(progress.state, candidate=replace(waiting, version=model.version))
    seen = progress.seen()
    flow = progress.flows(model, seen)
    status, why = (HELD, refused(progress, flow)) if waiting.held else (PROPOSED, ", ".join(waiting.reasons))
    progress.say(model.version, status, "hand", why or "it was held before", flow, progress.lineage(model, seen))
