"""The candidate from review to review: a model with other segments runs in shadow until its changes have held.

Each structural change has an age: since when every review has found it. The first changes found become a candidate at
once. A change that appears later joins when two reviews in a row have found it. A change that is no longer found leaves
alone: the candidate is built again of the others, which keep their age. So a change found every other review does not
delay the others, and changes that begin together are promoted together.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from stream.training.describe.model_builder import model_without_descriptions
from stream.training.rollout.impact import TransitionMatrix, predict_segments
from stream.training.rollout.session import Progress
from stream.training.sample.population import Population
from stream.training.structure.changes import ChangeSet, StructureReport
from stream.training.structure.match_ids import candidate_segments, ids_at, unchanged_segments
from stream.training.values.promotion import Cause, Status, Trigger
from stream.training.values.state import Candidate, TrainerState
from stream.training.values.structure_change import ChangeKind, StructureChange

_DISAGREE_MAX = 0.2  # of the users whom a candidate moves: with more, what it shows is still in motion
_FEW = 0.05  # of all users: a fifth of fewer are no more than a refresh moves


def update_candidate(progress: Progress, seen: Population, report: StructureReport) -> None:
    """Update the candidate with the structure found now; without one, propose it."""
    state, candidate = progress.state, progress.state.candidate
    found = report.change_set()
    since = {change: state.proposed.get(change, state.watermark_ms) for change in found.changes}
    progress.state = replace(state, proposed=since)
    if candidate is None:
        _propose(progress, seen, found)
    elif candidate.cause is Cause.REFIT:
        _wait_or_conclude(progress, seen, candidate)
    else:
        left = _some(report, found, candidate.changes)
        steady = _some(report, found, {*candidate.changes, *state.proposed})
        is_moving = _differs(progress, seen, left, candidate)
        why = _outdated(candidate, left.changes, steady.changes, is_moving)
        if why is None:
            _wait_or_conclude(progress, seen, candidate)
            return
        progress.drop(why[0], changes=why[1])
        if is_moving:
            since |= dict.fromkeys(left.changes, state.watermark_ms)
            progress.state = replace(progress.state, proposed=since)
        _propose(progress, seen, steady if left.changes else found)


def _some(report: StructureReport, found: ChangeSet, changes: Collection[StructureChange]) -> ChangeSet:
    """Return what remains of `found` with only these changes."""
    wanted = [change for change in found.changes if change in changes]
    return found if len(wanted) == len(found.changes) else report.restricted_to(wanted).change_set()


def _outdated(
    candidate: Candidate, left: Collection[StructureChange], steady: Collection[StructureChange], is_moving: bool
) -> tuple[Cause, tuple[StructureChange, ...]] | None:
    """Return why the candidate is out of date, and the changes that make it so; None if it is not."""
    gone = tuple(change for change in candidate.changes if change not in left)
    if not left:
        return Cause.CHANGES_GONE, candidate.changes
    if is_moving:
        return Cause.UNSTABLE, ()
    if gone:
        return Cause.CHANGES_GONE, gone
    more = tuple(change for change in steady if change not in candidate.changes)
    return (Cause.CHANGES_ADDED, more) if more else None


def refused(progress: Progress, flow: TransitionMatrix) -> Cause | None:
    """Return why a model may not be promoted automatically."""
    return _not_now(progress) or _too_many(progress, flow)


def _not_now(progress: Progress) -> Cause | None:
    """Return what stands in the way of every model for a while."""
    if progress.state.auto_promotion_paused:
        return Cause.AUTO_PROMOTION_PAUSED
    return Cause.ROLLOUT_IN_PROGRESS if progress.is_passing else None


def _too_many(progress: Progress, flow: TransitionMatrix) -> Cause | None:
    return Cause.OVER_BUDGET if flow.moved > progress.policy.churn_budget else None


def _differs(progress: Progress, seen: Population, left: ChangeSet, candidate: Candidate) -> bool:
    """Return True if the candidate's clusters are still moving.

    The remaining changes are built on today's reservoir. Each new segment is matched to the candidate's that holds most
    of its users. The candidate is unstable if more than a fifth of the users it moves would now go elsewhere.
    """
    state = progress.state
    draft = _draft(progress, seen, left, candidate.first_id)
    models = model_without_descriptions(draft), progress.models[candidate.version], progress.serving
    now, then, there = (
        np.array(predict_segments(model, seen.raw, seen.current_segments, progress.margin)) for model in models
    )
    wrong = np.zeros(len(now), np.bool_)
    for segment in set(draft.ids) - {*unchanged_segments(state, draft)}:
        theirs = now == segment
        if theirs.any():
            names, people = np.unique(then[theirs], return_counts=True)
            wrong |= theirs != (then == names[people.argmax()])
    n_moved = max(float(seen.weights[now != there].sum()), _FEW * float(seen.weights.sum()))
    return float(seen.weights[wrong].sum()) > _DISAGREE_MAX * n_moved


def _propose(progress: Progress, seen: Population, proposal: ChangeSet) -> None:
    """Propose the changes, if any, as a candidate as old as its youngest change."""
    if not proposal.changes:
        return
    draft = _draft(progress, seen, proposal, progress.state.next_id)
    born = ids_at(draft, proposal.centroids[list(proposal.born)])
    named = {
        change: StructureChange(ChangeKind.BORN, (segment,))
        for change, segment in zip(proposal.changes, born, strict=False)
    }  # births come first
    since = {
        named.get(change, change): progress.state.watermark_ms if change in named and change.ordinal else since_ms
        for change, since_ms in progress.state.proposed.items()
    }  # a birth without an id may be another one than at the last review
    changes = tuple(named.get(change, change) for change in proposal.changes)
    progress.state = replace(progress.state, proposed=since)
    since_ms = max(since[change] for change in changes)
    cause = Cause.STRUCTURE_CHANGE
    progress.propose(draft, seen, born, Trigger.AUTOMATIC, cause, since_ms, changes=changes)


def _wait_or_conclude(progress: Progress, seen: Population, candidate: Candidate) -> None:
    """Promote or hold a candidate whose shadow time is over."""
    waited_ms, policy = progress.state.watermark_ms - candidate.since_ms, progress.policy
    if candidate.cause is Cause.REFIT and candidate.held and waited_ms >= policy.shadow_ms + policy.retire_after_ms:
        progress.drop(Cause.EXPIRED)  # it would block structural changes
    elif waited_ms >= policy.shadow_ms and not candidate.over_budget:
        _conclude(progress, seen, candidate)


def _conclude(progress: Progress, seen: Population, candidate: Candidate) -> None:
    model, changes = progress.models[candidate.version], candidate.changes
    flow, lineage = progress.flows(model, seen), progress.lineage(model, seen)
    later, never = _not_now(progress), _too_many(progress, flow)
    if later is None and never is None:
        progress.promote(
            model, seen, Trigger.AUTOMATIC, candidate.cause, flow, lineage, kept=candidate.kept, changes=changes
        )
        return
    over = later is None
    progress.state = replace(progress.state, candidate=replace(candidate, held=True, over_budget=over))
    cause = later or never
    if cause is not None and (over or not candidate.held):
        progress.say(model.version, Status.HELD, Trigger.AUTOMATIC, cause, flow, lineage, changes=changes)


def _draft(progress: Progress, seen: Population, proposal: ChangeSet, first_id: int) -> TrainerState:
    policy = progress.policy
    return candidate_segments(
        progress.state, seen, proposal.centroids, first_id, policy.unknown_rate, policy.segment_users_min
    )
