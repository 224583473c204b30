"""Findings of a review, measured on the reservoir.

Thresholds are calibrated first. Then structure detection finds the users' clusters, and the health report measures the
drift.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats
from stream.core.segment_model import SegmentModel
from stream.training.cluster.centroids import nearest_centroids
from stream.training.describe.model_builder import calibrate_thresholds, model_without_descriptions, segment_shares
from stream.training.rollout.drift_report import drift_report
from stream.training.rollout.impact import predict_segments, transitions_to
from stream.training.sample.population import Assignments, Population, assignments_at
from stream.training.structure.component_merging import update_separated_pairs
from stream.training.structure.detect import KnownSegments, detect_structure, unchanged_structure
from stream.training.structure.match_ids import candidate_segments, unchanged_segments
from stream.training.values.candidate import Candidate
from stream.training.values.config import TrainerConfig
from stream.training.values.health import Health, HealthWarning
from stream.training.values.policy import TrainingPolicy
from stream.training.values.state import SegmentsState, TrainerState
from stream.training.values.structure_change import ChangeSet, StructureChange

_DISAGREE_MAX = 0.2  # of the users that a candidate moves: with more, its clusters are still moving
_FEW = 0.05  # of all users: a fifth of fewer are no more than a refresh moves
_FLOOR = 0.5  # of the fewest users of a new segment: with fewer a segment is underpopulated
_REMAINS = 0.1  # of the share a segment had at the last structural change: with less it is, too


class Report(Protocol):
    """A report of structure detection."""

    def restricted_to(self, chosen: Collection[StructureChange]) -> Report:
        """Return the report as if none but the `chosen` changes had been found."""
        ...

    def change_set(self) -> ChangeSet:
        """Return the changes of this report."""
        ...


Detector = Callable[[Floats, Floats, KnownSegments, int, int, int], Report]


@dataclass(frozen=True, slots=True)
class MeasuredFindings:
    """Findings among the users of `population`; `report` is the structure detected, `proposal` its change set."""

    state: TrainerState
    population: Population
    report: Report
    proposal: ChangeSet
    config: TrainerConfig

    def restricted_to(self, changes: Collection[StructureChange]) -> ChangeSet:
        """Return the change set as if no changes but `changes` had been found."""
        wanted = [change for change in self.proposal.changes if change in changes]
        if len(wanted) == len(self.proposal.changes):
            return self.proposal
        return self.report.restricted_to(wanted).change_set()

    def is_unstable(self, candidate: Candidate, left: ChangeSet) -> bool:
        """Return True if the candidate's clusters are still moving.

        The changes `left` are built on today's reservoir. Each new segment is matched to the candidate's segment with
        most of the same users. The candidate is unstable if more than a fifth of the users moved by the candidate would
        now go elsewhere.
        """
        rebuilt = self.candidate_segments(left, candidate.first_id)
        now = self._predict(model_without_descriptions(rebuilt))
        then = self._predict(self.state.registry.models[candidate.version])
        serving = self._predict(self.state.serving_model)
        wrong = np.zeros(len(now), np.bool_)
        for segment in set(rebuilt.ids) - {*unchanged_segments(self.state.segments, rebuilt)}:
            own = now == segment
            if own.any():
                names, counts = np.unique(then[own], return_counts=True)
                wrong |= own != (then == names[counts.argmax()])
        weights = self.population.weights
        n_moved = max(float(weights[now != serving].sum()), _FEW * float(weights.sum()))
        return float(weights[wrong].sum()) > _DISAGREE_MAX * n_moved

    def share_moved(self, version: int) -> float:
        """Return the share of users moved by the model of this version."""
        model = self.state.registry.models[version]
        return transitions_to(model, self.state.serving_model, self.population, self.config.margins).share_moved

    def share_moved_by_refresh(self) -> float:
        """Return the share of users moved by the centroids of now."""
        model = model_without_descriptions(self.state.segments)
        return transitions_to(model, self.state.serving_model, self.population, self.config.margins).share_moved

    def candidate_segments(self, proposal: ChangeSet, first_id: int) -> SegmentsState:
        """Return the segments of a candidate with the proposed changes; new ids count from `first_id`."""
        policy = self.config.policy
        return candidate_segments(
            self.state.segments,
            self.population,
            proposal.centroids,
            first_id,
            policy.unknown_rate,
            policy.segment_users_min,
        )

    def _predict(self, model: SegmentModel) -> NDArray[np.str_]:
        users = self.population
        return np.array(predict_segments(model, users.raw, users.current_segments, self.config.margins))


@dataclass(frozen=True, slots=True)
class Measured:
    """Measurements of a review: the state with calibrated thresholds, the findings, and new health warnings."""

    state: TrainerState
    findings: MeasuredFindings
    health: Health
    warnings: tuple[HealthWarning, ...]


def measure(
    state: TrainerState, population: Population, config: TrainerConfig, detect: Detector = detect_structure
) -> Measured:
    """Return the measurements of a review of `population` at the state's watermark."""
    policy, segments = config.policy, state.segments
    nearest, distance = nearest_centroids(population.x, segments.centroids)
    where = assignments_at(nearest, distance, segments.counts, segments.thresholds)
    limits = calibrate_thresholds(segments, population, where, state.watched, policy)
    where = assignments_at(nearest, distance, segments.counts, limits)
    pairs = frozenset(segments.separated_pairs)
    pairs = update_separated_pairs(population.x, nearest, segments.ids, segments.centroids, pairs)
    segments = replace(
        segments,
        thresholds=limits,
        separated_pairs=tuple(sorted(pairs)),
        underpopulated_since_ms=_underpopulated(segments, population, where, policy),
    )
    state = replace(state, segments=segments, reviewed_ms=state.watermark_ms)
    report = _detect(state, population, policy, detect)
    proposal = report.change_set()
    health, warnings = drift_report(state, population, where, proposal.n_clusters, policy)
    state = replace(state, health=health, flips=0, user_days=0.0)
    return Measured(state, MeasuredFindings(state, population, report, proposal, config), health, warnings)


def _underpopulated(
    segments: SegmentsState, population: Population, where: Assignments, policy: TrainingPolicy
) -> Mapping[str, int]:
    """Return the time since when each underpopulated segment is one: with no users but strays of others."""
    share, then = segment_shares(population, where, segments.ids), segments.reference.segment_shares
    floor = max(1.0, policy.segment_users_min * _FLOOR)
    return {
        segment: segments.underpopulated_since_ms.get(segment, segments.watermark_ms)
        for at, segment in enumerate(segments.ids)
        if len(where.members(at)) < floor or share[segment] < _REMAINS * then.get(segment, 0.0)
    }


def _detect(state: TrainerState, population: Population, policy: TrainingPolicy, detect: Detector) -> Report:
    """Return the structure detected; nothing has changed if the policy does not adapt segments."""
    segments, candidate = state.segments, state.rollout.candidate
    gone = [
        segment
        for segment, since_ms in segments.underpopulated_since_ms.items()
        if state.watermark_ms - since_ms >= policy.retire_after_ms
    ]
    known = KnownSegments(
        ids=segments.ids,
        centroids=segments.centroids,
        thresholds=segments.thresholds,
        separated_pairs=frozenset(segments.separated_pairs),
        gone=gone,
        watched=state.watched,
        watched_ids=candidate.born if candidate else (),
    )
    if not policy.adapt:
        return unchanged_structure(known)
    n_min, n_max = policy.segment_users_min, policy.n_segments_max
    return detect(population.x, population.weights, known, n_min, n_max, policy.seed)
