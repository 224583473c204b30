"""When a person changes segment: hysteresis.

A challenger takes over only when it is nearer by a margin AND has stayed so for a dwell time. The first answer and
the loss of the last item need no dwell: there is nothing to flap back to.
"""

from __future__ import annotations

from dataclasses import dataclass

from stream.core.policy import Policy
from stream.core.segment_model import INACTIVE, UNKNOWN, WARMING, SegmentModel


@dataclass(slots=True)
class Standing:
    """Where a person stands: the published segment, and who challenges it since when (`candidate_since_ms`)."""

    segment: str = WARMING
    since_ms: int = 0
    candidate: str | None = None
    candidate_since_ms: int = 0
    sequence: int = 0  # changes published so far


@dataclass(frozen=True, slots=True)
class Sight:
    """One evaluation of a non-empty window: distances to every centroid, and the two nearest."""

    distances: list[float]
    nearest: int
    runner_up: int  # equals `nearest` when the model has one segment

    @property
    def distance(self) -> float:
        """Distance to the nearest centroid."""
        return self.distances[self.nearest]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A change that is now due: to which segment, and by which rule."""

    to_segment: str
    rule: str  # entered | returned | margin_and_dwell | unknown | known | retired | inactive


def decide(
    standing: Standing, sight: Sight | None, n_items: int, now_ms: int, model: SegmentModel, policy: Policy
) -> Verdict | None:
    """Judge one evaluation; keeps the candidate in `standing` up to date and returns the change that is due, if any.

    `sight` is None for an empty window.
    """
    if sight is None:
        return vacate(standing)
    challenger = UNKNOWN if sight.distance > model.thresholds[sight.nearest] else model.ids[sight.nearest]
    if standing.segment in (WARMING, INACTIVE):
        if n_items < policy.min_items:
            return None
        return Verdict(challenger, "entered" if standing.segment == WARMING else "returned")
    if challenger == standing.segment:
        standing.candidate = None
        return None
    rule = _rule(standing.segment, challenger, sight, model, policy.margin)
    if rule is None:
        standing.candidate = None
        return None
    return _dwell(standing, Verdict(challenger, rule), now_ms, policy.dwell_ms)


def settle(standing: Standing, verdict: Verdict, now_ms: int) -> None:
    """Make the change: the standing moves on and its sequence counts one more."""
    standing.segment, standing.since_ms = verdict.to_segment, now_ms
    standing.candidate = None
    standing.sequence += 1


def vacate(standing: Standing) -> Verdict | None:
    """Judge an empty window, which needs no segment model: inactive, unless there was no answer to lose."""
    standing.candidate = None
    return None if standing.segment in (WARMING, INACTIVE) else Verdict(INACTIVE, "inactive")


def _rule(segment: str, challenger: str, sight: Sight, model: SegmentModel, margin: float) -> str | None:
    """The rule that lets the challenger in, or None while the margin holds the present segment."""
    if challenger == UNKNOWN:
        return "unknown" if sight.distance > model.thresholds[sight.nearest] * (1 + margin) else None
    if segment == UNKNOWN:
        return "known"
    if segment not in model.ids:
        return "retired"
    present = sight.distances[model.ids.index(segment)]
    return "margin_and_dwell" if sight.distance <= present * (1 - margin) else None


def _dwell(standing: Standing, verdict: Verdict, now_ms: int, dwell_ms: int) -> Verdict | None:
    if standing.candidate != verdict.to_segment:
        standing.candidate, standing.candidate_since_ms = verdict.to_segment, now_ms
    return verdict if now_ms - standing.candidate_since_ms >= dwell_ms else None
