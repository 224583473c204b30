"""A review from the measurements to the next state: the decisions are carried out in order."""

from __future__ import annotations

from dataclasses import replace

from stream.training.rollout.actions import NewSegments, Promoted, build, decide, drop, promote, propose
from stream.training.rollout.findings import Measured, MeasuredFindings
from stream.training.rollout.impact import impact_of, transitions_to
from stream.training.steps.review import (
    Action,
    DropCandidate,
    HoldCandidate,
    PromoteCandidate,
    ProposeChanges,
    Refresh,
    Review,
)
from stream.training.structure.match_ids import ids_at
from stream.training.values.candidate import Candidate
from stream.training.values.outputs import Output, Published, Step
from stream.training.values.promotion import Cause, Grounds, Status, Trigger
from stream.training.values.state import TrainerState
from stream.training.values.structure_change import ChangeKind, ChangeSet, StructureChange


def carry_out(decided: Review, measured: Measured) -> Step:
    """Return the state after the review's actions, and the outputs to publish."""
    state = measured.state
    state = replace(state, rollout=replace(state.rollout, changes_since=decided.changes_since))
    outputs: tuple[Output, ...] = (measured.health, *measured.warnings)
    for action in decided.actions:
        state, published = _apply(action, state, measured.findings)
        outputs += published
    return state, outputs


def _apply(action: Action, state: TrainerState, found: MeasuredFindings) -> Step:
    match action:
        case DropCandidate(cause, changes):
            return drop(state, _grounds(state, cause, changes), found.config)
        case ProposeChanges(proposal):
            return _propose(state, found, proposal)
        case PromoteCandidate():
            return _promote_candidate(state, found)
        case HoldCandidate():
            return _hold_candidate(state, found, action)
        case Refresh(held_by):  # pragma: no branch (there is no other action)
            return _refresh(state, found, held_by)


def _grounds(state: TrainerState, cause: Cause, changes: tuple[StructureChange, ...] = ()) -> Grounds:
    return Grounds(Trigger.AUTOMATIC, cause, state.watermark_ms, changes=changes)


def _propose(state: TrainerState, found: MeasuredFindings, proposal: ChangeSet) -> Step:
    """Propose the changes as a candidate as old as the youngest change; births get the ids of the new segments."""
    segments = found.candidate_segments(proposal, state.segments.next_id)
    born = ids_at(segments, proposal.centroids[list(proposal.born)])
    births = zip(proposal.changes, born, strict=False)  # births come first
    with_ids = {change: StructureChange(ChangeKind.BORN, (segment,)) for change, segment in births}
    since = {
        # a birth without an id may be another one than at the last review
        with_ids.get(change, change): state.watermark_ms if change in with_ids and change.ordinal else since_ms
        for change, since_ms in state.rollout.changes_since.items()
    }
    changes = tuple(with_ids.get(change, change) for change in proposal.changes)
    state = replace(state, rollout=replace(state.rollout, changes_since=since))
    proposed = NewSegments(segments, max(since[change] for change in changes), born)
    grounds = _grounds(state, Cause.STRUCTURE_CHANGE, changes)
    return propose(state, found.population, proposed, grounds, found.config)


def _promote_candidate(state: TrainerState, found: MeasuredFindings) -> Step:
    candidate = _candidate(state)
    model, config = state.registry.models[candidate.version], found.config
    impact = impact_of(model, state.serving_model, found.population, config.margins)
    previous = (*state.registry.previous, state.registry.serving)
    promoted = Promoted(model, previous, config.policy.ramp_ms, candidate.kept, impact=impact)
    return promote(state, found.population, promoted, _grounds(state, candidate.cause, candidate.changes), config)


def _hold_candidate(state: TrainerState, found: MeasuredFindings, hold: HoldCandidate) -> Step:
    candidate, config = _candidate(state), found.config
    held = replace(candidate, held=True, over_budget=hold.is_final)
    state = replace(state, rollout=replace(state.rollout, candidate=held))
    if not hold.is_published:
        return state, ()
    model = state.registry.models[candidate.version]
    impact = impact_of(model, state.serving_model, found.population, config.margins)
    grounds = _grounds(state, hold.cause, candidate.changes)
    return state, (decide(state, model.version, Status.HELD, grounds, config, impact),)


def _refresh(state: TrainerState, found: MeasuredFindings, held_by: Cause | None) -> Step:
    """Build a model with the centroids of now, to serve or to become a held candidate."""
    config, segments = found.config, state.segments
    registry, serving = state.registry, state.serving_model
    state, model = build(state, segments, found.population, config)
    impact = transitions_to(model, serving, found.population, config.margins)
    if held_by is None:
        previous = (*registry.previous, registry.serving)
        promoted = Promoted(model, previous, config.policy.ramp_ms, segments.ids, impact=impact)
        grounds = _grounds(state, Cause.REFRESH)
        state, outputs = promote(state, found.population, promoted, grounds, config)
        return state, (Published(model), *outputs)
    waiting = Candidate(model.version, state.watermark_ms, Cause.REFRESH, (), segments.next_id, segments.ids, held=True)
    state = replace(state, rollout=replace(state.rollout, candidate=waiting))
    decision = decide(state, model.version, Status.HELD, _grounds(state, held_by), config, impact)
    return state, (Published(model), decision)


def _candidate(state: TrainerState) -> Candidate:
    assert state.rollout.candidate is not None
    return state.rollout.candidate
