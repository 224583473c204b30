"""When a person changes segment: hysteresis.

A challenger takes over only when it is nearer by a margin AND has stayed so for a dwell time. The first answer and
the loss of the last item need no dwell: there is nothing to flap back to. Nor does what a declared trait forces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from stream.core.decision.overrides import NO_OVERRIDE, Margins, overrides
from stream.core.decision.pins import ForceRule
from stream.core.policy import Policy
from stream.core.reserved import INACTIVE, UNKNOWN, WARMING
from stream.core.segment_model import SegmentModel

NEVER_MS = 1 << 62  # longer than any time


@dataclass(slots=True)
class Standing:
    """Where a person stands: the published segment, and who challenges it since when (`candidate_since_ms`)."""

    segment: str = WARMING
    since_ms: int = 0
    candidate: str | None = None
    candidate_since_ms: int = 0
    sequence: int = 0  # changes published so far
    forced_by: str = ""  # the rule that put the person there


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
    """A change that is now due: to which segment, and by which rule; `forced_by` names the trait that forces it."""

    to_segment: str
    rule: str  # entered | returned | margin_and_dwell | unknown | known | retired | inactive | forced | released
    forced_by: str = ""


class Hysteresis(NamedTuple):
    """What a change needs: how much nearer the candidate must be, and for how long."""

    margin: float
    dwell_ms: int


def required(policy: Policy, segment: str, candidate: str) -> Hysteresis:
    """What a change from `segment` to `candidate` needs: the larger of what overrides say of either, else the
    policy's own."""
    if not policy.overrides:
        return Hysteresis(policy.margin, policy.dwell_ms)
    known = overrides(policy.overrides)
    out, into = known.get(segment, NO_OVERRIDE), known.get(candidate, NO_OVERRIDE)
    dwells = [dwell_ms for dwell_ms in (into.dwell_ms, out.leave_dwell_ms) if dwell_ms is not None]
    margin = Margins(policy.margin, policy.overrides).between(segment, candidate)
    return Hysteresis(margin, max(dwells, default=policy.dwell_ms))


def dwell_due_ms(standing: Standing, policy: Policy) -> int | None:
    """When the candidate's dwell ends; None without a candidate."""
    if standing.candidate is None:
        return None
    return standing.candidate_since_ms + required(policy, standing.segment, standing.candidate).dwell_ms


def shortest_dwell_ms(policy: Policy) -> int:
    """No dwell that begins now ends within less; a dwell of 0 does not begin."""
    found = [policy.dwell_ms]
    for override in overrides(policy.overrides).values():
        found += [override.dwell_ms or 0, override.leave_dwell_ms or 0]
    return min((dwell_ms for dwell_ms in found if dwell_ms), default=NEVER_MS)


def decide(
    standing: Standing, sight: Sight | None, n_items: int, now_ms: int, model: SegmentModel, policy: Policy
) -> Verdict | None:
    """Judge one evaluation; keeps the candidate in `standing` up to date and returns the change that is due, if any.

    `sight` is None for an empty window.
    """
    if sight is None:
        return vacate(standing)
    challenger = _answer(sight, model)
    if standing.segment in (WARMING, INACTIVE):
        if n_items < policy.min_items:
            return None
        return Verdict(challenger, "entered" if standing.segment == WARMING else "returned")
    if challenger == standing.segment:
        standing.candidate = None
        return None
    need = required(policy, standing.segment, challenger)
    rule = _rule(standing.segment, challenger, sight, model, need.margin)
    if rule is None:
        standing.candidate = None
        return None
    return _dwell(standing, Verdict(challenger, rule), now_ms, need.dwell_ms)


def settle(standing: Standing, verdict: Verdict, now_ms: int) -> None:
    """Make the change: the standing moves on and its sequence counts one more."""
    standing.segment, standing.since_ms = verdict.to_segment, now_ms
    standing.candidate, standing.forced_by = None, verdict.forced_by
    standing.sequence += 1


def vacate(standing: Standing) -> Verdict | None:
    """Judge an empty window, which needs no segment model: inactive, unless there was no answer to lose."""
    standing.candidate = None
    return None if standing.segment in (WARMING, INACTIVE) else Verdict(INACTIVE, "inactive")


def force(standing: Standing, rule: ForceRule) -> Verdict | None:
    """Judge somebody whom a rule is about: its segment at once, with no segment model and with an empty window."""
    standing.candidate = None
    if standing.segment == rule.segment:
        standing.forced_by = rule.by
        return None
    return Verdict(rule.segment, "forced", rule.by)


def release(
    standing: Standing, sight: Sight | None, n_items: int, model: SegmentModel | None, policy: Policy
) -> Verdict | None:
    """Judge somebody whom no rule is about any more: what the window says, at once; while it says nothing they stay."""
    if n_items == 0:
        return Verdict(INACTIVE, "released")
    if sight is None or model is None or n_items < policy.min_items:
        return None
    return Verdict(_answer(sight, model), "released")


def _answer(sight: Sight, model: SegmentModel) -> str:
    """The nearest segment, or unknown beyond its threshold."""
    return UNKNOWN if sight.distance > model.thresholds[sight.nearest] else model.ids[sight.nearest]


def _rule(segment: str, challenger: str, sight: Sight, model: SegmentModel, margin: float) -> str | None:
    """The rule that lets the challenger in, or None while the margin holds the present segment."""
    if segment == UNKNOWN:
        return "known"
    if segment not in model.ids:
        return "retired"
    if challenger == UNKNOWN:
        return "unknown" if sight.distance > model.thresholds[sight.nearest] * (1 + margin) else None
    present = sight.distances[model.ids.index(segment)]
    return "margin_and_dwell" if sight.distance <= present * (1 - margin) else None


def _dwell(standing: Standing, verdict: Verdict, now_ms: int, dwell_ms: int) -> Verdict | None:
    if standing.candidate != verdict.to_segment:
        standing.candidate, standing.candidate_since_ms = verdict.to_segment, now_ms
    return verdict if now_ms - standing.candidate_since_ms >= dwell_ms else None
