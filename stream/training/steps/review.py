"""A review: are the segments still the groups that people form, and may a better model serve?

While the groups are the same, a model with the centroids of now takes over if it moves few enough people. Other groups
are proposed as a candidate, which runs in shadow on the people sampled from then on: it serves once it has held for
`shadow_ms`, a model made anew still says the same of nearly everyone it moves, and it moves no more people than the
churn budget allows. One that moves more is held until somebody promotes it, or what it proposed is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stream.training.cluster.centroids import nearest_centroids
from stream.training.describe.model_builder import calibrate_thresholds, model_without_descriptions, segment_shares
from stream.training.rollout.candidate import refused, update_candidate
from stream.training.rollout.drift_report import drift_report
from stream.training.rollout.session import Progress
from stream.training.sample.population import (
    Assignments,
    Population,
    assign_held_out,
    assignments_at,
    updated_home_segments,
)
from stream.training.structure.changes import StructureReport
from stream.training.structure.component_merging import update_separated_pairs
from stream.training.structure.detect import KnownSegments, detect_structure, unchanged_structure
from stream.training.values.policy import TrainingPolicy
from stream.training.values.promotion import Cause, Status, Trigger
from stream.training.values.reservoir import recent
from stream.training.values.state import Candidate, TrainerState, watched

_FLOOR = 0.5  # of the fewest people a new segment must have: with fewer a segment is as good as gone
_REMAINS = 0.1  # of the share it had at the last change of structure: with less it is, too


def review(progress: Progress) -> None:
    """Look at everyone, and propose, promote, hold or drop."""
    state, policy = progress.state, progress.policy
    known = recent(progress.reservoir, state.watermark_ms - policy.reservoir_ms)
    if not known:  # time has jumped, and nobody has come since
        progress.state = replace(state, reviewed_ms=state.watermark_ms)
        return
    progress.reservoir = known
    seen = progress.seen()
    where = _bring_up_to_date(progress, seen)
    report = _detect(progress, seen)
    _examine(progress, seen, where, report.change_set().n_clusters)
    if state.candidate is not None and state.candidate.cause is Cause.REFRESH:
        progress.drop(Cause.SUPERSEDED)
    update_candidate(progress, seen, report)
    if progress.state.serving == state.serving:
        _refresh(progress, seen)
    if progress.state.candidate is None:
        now = progress.state
        where = assign_held_out(seen, now.centroids, now.counts, now.thresholds)
        progress.home_segments = updated_home_segments(seen, where, now.ids)


def _bring_up_to_date(progress: Progress, seen: Population) -> Assignments:
    """Thresholds and what is known of each segment. Everyone is where they are by the new thresholds."""
    state, policy = progress.state, progress.policy
    nearest, distance = nearest_centroids(seen.x, state.centroids)
    where = assignments_at(nearest, distance, state.counts, state.thresholds)
    limits = calibrate_thresholds(state, seen, where, watched(progress.memory()), policy)
    where = assignments_at(nearest, distance, state.counts, limits)
    separated_pairs = update_separated_pairs(
        seen.x, nearest, state.ids, state.centroids, frozenset(state.separated_pairs)
    )
    share = segment_shares(seen, where, state.ids)
    underpopulated_since_ms = {
        segment: state.underpopulated_since_ms.get(segment, state.watermark_ms)
        for segment in _thin(state, where, share, policy)
    }
    progress.state = replace(
        state,
        thresholds=limits,
        separated_pairs=tuple(sorted(separated_pairs)),
        underpopulated_since_ms=underpopulated_since_ms,
        reviewed_ms=state.watermark_ms,
    )
    return where


def _thin(state: TrainerState, where: Assignments, share: Mapping[str, float], policy: TrainingPolicy) -> list[str]:
    """Segments that hardly anybody is in: strays of others, at most."""
    floor = max(1.0, policy.segment_users_min * _FLOOR)
    return [
        segment
        for at, segment in enumerate(state.ids)
        if len(where.members(at)) < floor
        or share[segment] < _REMAINS * state.reference.segment_shares.get(segment, 0.0)
    ]


def _detect(progress: Progress, seen: Population) -> StructureReport:
    """Return the structure detected in the reservoir; nothing has changed if the policy does not adapt segments."""
    state, policy = progress.state, progress.policy
    gone = [
        segment
        for segment, since_ms in state.underpopulated_since_ms.items()
        if state.watermark_ms - since_ms >= policy.retire_after_ms
    ]
    segments = KnownSegments(
        ids=state.ids,
        centroids=state.centroids,
        thresholds=state.thresholds,
        separated_pairs=frozenset(state.separated_pairs),
        gone=gone,
        watched=watched(progress.memory()),
        watched_ids=state.candidate.born if state.candidate else (),
    )
    if not policy.adapt:
        return unchanged_structure(segments)
    n_min, n_max = policy.segment_users_min, policy.n_segments_max
    return detect_structure(seen.x, seen.weights, segments, n_min, n_max, policy.seed)


def _examine(progress: Progress, seen: Population, where: Assignments, n_clusters: int) -> None:
    """Tell the health."""
    health, warnings = drift_report(progress.state, seen, where, n_clusters, progress.policy)
    progress.outputs += [health, *warnings]
    progress.state = replace(progress.state, health=health, flips=0, user_days=0.0)


def _refresh(progress: Progress, seen: Population) -> None:
    """The same segments with the centroids of now."""
    state = progress.state
    if state.auto_promotion_paused:  # what was gone back to stays; to promote it by hand ends that
        return
    flow = progress.flows(model_without_descriptions(state), seen)
    refusal = refused(progress, flow)
    if refusal is None:
        model = progress.make(state, seen)
        progress.promote(model, seen, Trigger.AUTOMATIC, Cause.REFRESH, flow, kept=state.ids)
    elif state.candidate is None:
        model = progress.make(state, seen)
        waiting = Candidate(model.version, state.watermark_ms, Cause.REFRESH, (), state.next_id, state.ids, held=True)
        progress.state = replace(progress.state, candidate=waiting)
        progress.say(model.version, Status.HELD, Trigger.AUTOMATIC, refusal, flow)
