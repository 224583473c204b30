"""The candidate from review to review: other groups that are proposed run in shadow until they are believed.

Each reason for other groups has an age: since when every review has found it. The first that are found become a
candidate at once. A reason that appears while one waits joins it when two reviews in a row have found it, and one that
goes away takes out only itself: the candidate is made anew of the others, which keep their age. So what comes and goes
is no part of the candidate every other review at least, and does not hold up what stays; what is there for good is
waited for, since groups that change at the same time are often one change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

import numpy as np

from stream.training.describe.model_builder import model_without_descriptions
from stream.training.rollout.impact import TransitionMatrix, predict_segments
from stream.training.rollout.session import Progress
from stream.training.sample.population import Population
from stream.training.structure.changes import WATCHED, ChangeSet
from stream.training.structure.match_ids import candidate_segments, ids_at, unchanged_segments
from stream.training.values.promotion import HELD
from stream.training.values.state import Candidate, TrainerState

REFRESH = ("refresh",)  # the reasons of a candidate with the same segments
REFIT = ("refit",)  # of one that was asked for

_DISAGREE_MAX = 0.2  # of the people whom a candidate moves: with more, what it shows is still in motion
_FEW = 0.05  # of all people: a fifth of fewer are no more than a refresh moves

Propose = Callable[[Collection[str] | None], ChangeSet]  # None: for all reasons


def update_candidate(progress: Progress, seen: Population, found: ChangeSet, propose: Propose) -> None:
    """The candidate in the light of what is `found` now; without one, that becomes one. `propose` says what would be
    for some of the reasons found."""
    state, candidate = progress.state, progress.state.candidate
    since = {reason: state.proposed.get(reason, state.watermark_ms) for reason in found.reasons}
    progress.state = replace(state, proposed=since)
    if candidate is None:
        _propose(progress, seen, found)
    elif candidate.reasons == REFIT:
        _wait_or_conclude(progress, seen, candidate)
    else:
        left = _some(found, candidate.reasons, propose)
        steady = _some(found, {*candidate.reasons, *state.proposed}, propose)
        is_moving = _differs(progress, seen, left, candidate)
        why = _outdated(candidate, left, steady, is_moving)
        if why is None:
            _wait_or_conclude(progress, seen, candidate)
            return
        progress.drop(f"{why}: a newer one takes its place" if left.reasons else why)
        if is_moving:
            since |= dict.fromkeys(left.reasons, state.watermark_ms)
            progress.state = replace(progress.state, proposed=since)
        _propose(progress, seen, steady if left.reasons else found)


def _some(found: ChangeSet, reasons: Collection[str], propose: Propose) -> ChangeSet:
    """What would be for those of the reasons found that are among these."""
    wanted = [reason for reason in found.reasons if reason in reasons]
    return found if len(wanted) == len(found.reasons) else propose(wanted)


def _outdated(candidate: Candidate, left: ChangeSet, steady: ChangeSet, is_moving: bool) -> str | None:
    """Why the candidate is not what is proposed by now, where `left` are its reasons that are left."""
    if not left.reasons:
        return "what it proposed is not there any more"
    if is_moving:
        return "its groups are still in motion"
    if gone := [reason for reason in candidate.reasons if reason not in left.reasons]:
        return f"{', '.join(gone)} is not there any more"
    more = [reason for reason in steady.reasons if reason not in candidate.reasons]
    return f"{', '.join(more)} is there too" if more else None


def refused(progress: Progress, flow: TransitionMatrix) -> str | None:
    """Why a model may not serve by itself."""
    return _not_now(progress) or _too_many(progress, flow)


def _not_now(progress: Progress) -> str | None:
    """What stands in the way of every model, and passes."""
    if progress.state.auto_promotion_paused:
        return "nothing is promoted by itself since the rollback; promoting a model by hand ends that"
    return "people still pass to the model that serves" if progress.is_passing else None


def _too_many(progress: Progress, flow: TransitionMatrix) -> str | None:
    budget = progress.policy.churn_budget
    return f"would move {flow.moved:.1%} of people, the churn budget is {budget:.1%}" if flow.moved > budget else None


def _differs(progress: Progress, seen: Population, left: ChangeSet, candidate: Candidate) -> bool:
    """Whether a model of now, of the reasons that are `left`, would draw the groups that are not as they were otherwise
    than the candidate does, for many of those whom it moves. Each is held against the candidate's that most of its
    people are in."""
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
    """What is proposed, if anything, as a candidate as old as its youngest reason."""
    if not proposal.reasons:
        return
    draft = _draft(progress, seen, proposal, progress.state.next_id)
    born = ids_at(draft, proposal.centroids[list(proposal.born)])
    published_names = dict(
        zip(proposal.reasons, (f"born {segment}" for segment in born), strict=False)
    )  # births come first
    since = {
        published_names.get(reason, reason): progress.state.watermark_ms
        if reason in published_names and not reason.startswith(WATCHED)
        else watermark_ms
        for reason, watermark_ms in progress.state.proposed.items()
    }  # of a birth that was not watched nobody knows whether it is the one that was found before
    reasons = tuple(published_names.get(reason, reason) for reason in proposal.reasons)
    progress.state = replace(progress.state, proposed=since)
    since_ms = max(since[reason] for reason in reasons)
    progress.propose(draft, seen, reasons, born, "budget", ", ".join(reasons), since_ms)


def _wait_or_conclude(progress: Progress, seen: Population, candidate: Candidate) -> None:
    """The candidate, of which a review has found all that it says, serves or is held if the shadow time is over."""
    waited_ms, policy = progress.state.watermark_ms - candidate.since_ms, progress.policy
    if candidate.reasons == REFIT and candidate.held and waited_ms >= policy.shadow_ms + policy.retire_after_ms:
        progress.drop("nobody promoted it")  # it would stand in the way of what people do now
    elif waited_ms >= policy.shadow_ms and not candidate.over_budget:
        _conclude(progress, seen, candidate)


def _conclude(progress: Progress, seen: Population, candidate: Candidate) -> None:
    model = progress.models[candidate.version]
    flow, lineage = progress.flows(model, seen), progress.lineage(model, seen)
    later, never = _not_now(progress), _too_many(progress, flow)
    if later is None and never is None:
        reason = ", ".join(candidate.reasons)
        progress.promote(model, seen, "budget", reason, flow, lineage, kept=candidate.kept)
        return
    over = later is None
    progress.state = replace(progress.state, candidate=replace(candidate, held=True, over_budget=over))
    if over or not candidate.held:
        progress.say(model.version, HELD, "budget", later or never or "", flow, lineage)


def _draft(progress: Progress, seen: Population, proposal: ChangeSet, first_id: int) -> TrainerState:
    policy = progress.policy
    return candidate_segments(
        progress.state, seen, proposal.centroids, first_id, policy.unknown_rate, policy.segment_users_min
    )
