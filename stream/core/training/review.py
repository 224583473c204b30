"""A review: are the segments still the groups that people form, and may a better model serve?

While the groups are the same, a model with the centroids of now takes over if it moves few enough people. Other groups
are proposed as a candidate, which runs in shadow on the people sampled from then on: it serves once it has held for
`shadow_ms`, a model made anew still says the same of nearly everyone it moves, and it moves no more people than the
churn budget allows. Otherwise it is held until somebody promotes it, or what it proposed is gone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from stream.core.training.checkup import checkup
from stream.core.training.draft import drafted, ids_at
from stream.core.training.flow import Flows, flows
from stream.core.training.health import Health
from stream.core.training.making import bare_model, calibrated
from stream.core.training.policy import TrainingPolicy
from stream.core.training.pool import recent
from stream.core.training.progress import Progress
from stream.core.training.promotion import HELD
from stream.core.training.state import Candidate, TrainerState, watched
from stream.core.training.structure import Place, Proposal, pairs_apart, proposed
from stream.core.training.view import Located, View, homes_of, locate

REFRESH = ("refresh",)  # the reasons of a candidate with the same segments
REFIT = ("refit",)  # of one that was asked for

_DISAGREE_MAX = 0.2  # of the people whom a candidate moves: with more, what it shows is still in motion
_FEW = 0.05  # of all people: a fifth of fewer are no more than a refresh moves
_FLOOR = 0.5  # of the fewest people a new segment must have: with fewer a segment is as good as gone
_REMAINS = 0.1  # of the share it had at the last change of structure: with less it is, too


def review(progress: Progress) -> None:
    """Look at everyone, and propose, promote, hold or drop."""
    state, policy = progress.state, progress.policy
    known = recent(progress.pool, state.at_ms - policy.pool_ms)
    if not known:  # time has jumped, and nobody has come since
        progress.state = replace(state, reviewed_ms=state.at_ms)
        return
    progress.pool = known
    seen = progress.seen()
    _examine(progress, seen)
    if state.candidate is not None and state.candidate.reasons == REFRESH:
        progress.drop("a newer one takes its place")
    proposal = _proposal(progress.state, seen, progress)
    _consider(progress, seen, proposal)
    if progress.state.serving == state.serving:
        _refresh(progress, seen)
    if progress.state.candidate is None:
        now = progress.state
        where = locate(seen, now.centroids, now.counts, now.thresholds)
        progress.homes = homes_of(seen, where, now.ids)


def _examine(progress: Progress, seen: View) -> None:
    """Bring thresholds and what is known of each segment up to date, and tell the health."""
    state, policy = progress.state, progress.policy
    state = replace(
        state,
        thresholds=calibrated(state, seen, watched(progress.memory()), policy.unknown_rate),
        reviewed_ms=state.at_ms,
    )
    where = locate(seen, state.centroids, state.counts, state.thresholds)
    health, warnings = checkup(state, seen, where, progress.serving, policy)
    progress.outputs += [health, *warnings]
    thin = {segment: state.thin.get(segment, state.at_ms) for segment in _thin(state, where, health, policy)}
    progress.state = replace(
        state,
        apart=tuple(sorted(pairs_apart(seen.x, _place(progress, state)))),
        thin=thin,
        warned=health.warnings,
        flips=0,
        person_days=0.0,
    )


def _thin(state: TrainerState, where: Located, health: Health, policy: TrainingPolicy) -> list[str]:
    """Segments that hardly anybody is in: strays of others, at most."""
    floor = max(1.0, policy.segment_people_min * _FLOOR)
    return [
        segment.id
        for at, segment in enumerate(health.segments)
        if len(where.members(at)) < floor or segment.share < _REMAINS * state.reference.shares.get(segment.id, 0.0)
    ]


def _proposal(state: TrainerState, seen: View, progress: Progress) -> Proposal:
    policy = progress.policy
    if not policy.adapt:
        return Proposal((), state.centroids)
    gone = [segment for segment, since_ms in state.thin.items() if state.at_ms - since_ms >= policy.gone_ms]
    return proposed(
        seen.x,
        seen.weights,
        _place(progress, state),
        gone,
        policy.segment_people_min,
        policy.n_segments_max,
        policy.seed,
    )


def _consider(progress: Progress, seen: View, proposal: Proposal) -> None:
    """The candidate in the light of what is proposed now; without one, what is proposed becomes one."""
    state, candidate = progress.state, progress.state.candidate
    if candidate is not None and candidate.reasons != REFIT:
        if Counter(candidate.reasons) - Counter(proposal.reasons):
            progress.drop("what it proposed is not there any more")
        elif _differs(progress, seen, proposal, candidate):
            progress.drop("its groups are still in motion: a newer one takes its place")
            _propose(progress, seen, proposal)
    if candidate is not None and _is_forgotten(candidate, state.at_ms, progress.policy):
        progress.drop("nobody promoted it")
    candidate = progress.state.candidate
    if candidate is None and proposal.reasons and state.candidate is None:
        _propose(progress, seen, proposal)
    elif candidate is not None and state.at_ms - candidate.since_ms >= progress.policy.shadow_ms:
        _conclude(progress, seen, candidate)


def _is_forgotten(candidate: Candidate, at_ms: int, policy: TrainingPolicy) -> bool:
    """Whether a refit has been held so long that it stands in the way of what people do now."""
    waited_ms = at_ms - candidate.since_ms
    return candidate.reasons == REFIT and candidate.held and waited_ms >= policy.shadow_ms + policy.gone_ms


def _differs(progress: Progress, seen: View, proposal: Proposal, candidate: Candidate) -> bool:
    """Whether a model of now would say something else of many of those whom the candidate moves."""
    draft = _draft(progress, seen, proposal, candidate.first_id)
    fresh, shadow = bare_model(draft), progress.models[candidate.version]
    moving = progress.flows(fresh, seen)
    apart = flows(shadow, fresh, seen.raw, seen.standing, seen.weights, progress.margin)
    return apart.moved + apart.entered > _DISAGREE_MAX * max(moving.moved + moving.entered, _FEW)


def _propose(progress: Progress, seen: View, proposal: Proposal) -> None:
    draft = _draft(progress, seen, proposal, progress.state.next_id)
    born = ids_at(draft, proposal.centroids[list(proposal.born)])
    progress.propose(draft, seen, proposal.reasons, born, "budget", ", ".join(proposal.reasons))


def _conclude(progress: Progress, seen: View, candidate: Candidate) -> None:
    """The shadow time is over."""
    model = progress.models[candidate.version]
    flow, lineage = progress.flows(model, seen), progress.lineage(model, seen)
    refusal = refused(progress, flow)
    if refusal is None:
        reason = ", ".join(candidate.reasons)
        progress.promote(model, seen, "budget", reason, flow, lineage, kept=candidate.kept)
    elif not candidate.held:
        progress.state = replace(progress.state, candidate=replace(candidate, held=True))
        progress.say(model.version, HELD, "budget", refusal, flow, lineage)


def _refresh(progress: Progress, seen: View) -> None:
    """The same segments with the centroids of now."""
    state = progress.state
    if state.by_hand:  # what was gone back to stays; to promote it by hand ends that
        return
    flow = progress.flows(bare_model(state), seen)
    refusal = refused(progress, flow)
    if refusal is None:
        model = progress.make(state, seen)
        progress.promote(model, seen, "budget", "refresh", flow, kept=state.ids)
    elif state.candidate is None:
        model = progress.make(state, seen)
        waiting = Candidate(model.version, state.at_ms, REFRESH, state.next_id, state.ids, held=True)
        progress.state = replace(progress.state, candidate=waiting)
        progress.say(model.version, HELD, "budget", refusal, flow)


def refused(progress: Progress, flow: Flows) -> str | None:
    """Why a model may not serve by itself."""
    if progress.state.by_hand:
        return "nothing is promoted by itself since the rollback; promoting a model by hand ends that"
    if progress.is_passing:
        return "people still pass to the model that serves"
    if flow.moved > progress.policy.churn_budget:
        return f"would move {flow.moved:.1%} of people, the churn budget is {progress.policy.churn_budget:.1%}"
    return None


def _draft(progress: Progress, seen: View, proposal: Proposal, first_id: int) -> TrainerState:
    policy = progress.policy
    return drafted(progress.state, seen, proposal.centroids, first_id, policy.unknown_rate, policy.segment_people_min)


def _place(progress: Progress, state: TrainerState) -> Place:
    return Place(state.ids, state.centroids, state.thresholds, frozenset(state.apart), watched(progress.memory()))
