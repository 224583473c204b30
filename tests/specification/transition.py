"""The decision rule: hysteresis with a margin and a dwell (debounce).

A candidate segment replaces the current one if it is nearer by a margin and stays nearer for a dwell. First results,
empty windows and pins need no dwell, because there is nothing to flap back to.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from stream.core.assignment import Assignment
from stream.core.decision.pins import PinRule
from stream.core.policy import Policy
from stream.core.reserved import INACTIVE, PENDING, UNKNOWN
from stream.core.segment_model import SegmentModel
from stream.core.transition import MembershipState, Rule, required

NEVER_MS = 1 << 62  # longer than any time


@dataclass(frozen=True, slots=True)
class Transition:
    """A due change of segment, with its rule; `pinned_by` is the condition of the pin rule, if one decided."""

    to_segment: str
    rule: Rule
    pinned_by: str = ""


def without_candidate(state: MembershipState) -> MembershipState:
    """Return the state with the dwell of the candidate aborted."""
    return state if state.candidate is None else replace(state, candidate=None)


def with_candidate(state: MembershipState, segment: str, now_ms: int) -> MembershipState:
    """Return the state with this candidate; its dwell begins now unless it is the candidate already."""
    return state if state.candidate == segment else replace(state, candidate=segment, candidate_since_ms=now_ms)


def dwell_due_ms(state: MembershipState, policy: Policy) -> int | None:
    """Return when the dwell of the candidate ends; None without a candidate."""
    if state.candidate is None:
        return None
    return state.candidate_since_ms + required(policy, state.segment, state.candidate).dwell_ms


def shortest_dwell_ms(policy: Policy) -> int:
    """Return the shortest dwell of any candidate. A dwell of 0 is none; without any, return NEVER_MS."""
    dwells = [policy.dwell_ms]
    for override in policy.overrides:
        dwells += [override.dwell_ms or 0, override.leave_dwell_ms or 0]
    return min((dwell_ms for dwell_ms in dwells if dwell_ms), default=NEVER_MS)


def decide(
    state: MembershipState, assignment: Assignment, n_items: int, now_ms: int, model: SegmentModel, policy: Policy
) -> tuple[MembershipState, Transition | None]:
    """Return the state with its candidate updated, and the transition that is due; the state does not include it."""
    nearest = assignment.segment(model)
    if state.segment in (PENDING, INACTIVE):
        if n_items < policy.min_items:
            return state, None
        return state, Transition(nearest, Rule.ENTERED if state.segment == PENDING else Rule.RETURNED)
    if nearest == state.segment:
        return without_candidate(state), None
    need = required(policy, state.segment, nearest)
    rule = _margin_rule(state.segment, nearest, assignment, model, need.margin)
    if rule is None:
        return without_candidate(state), None
    state = with_candidate(state, nearest, now_ms)
    is_due = now_ms - state.candidate_since_ms >= need.dwell_ms
    return state, Transition(nearest, rule) if is_due else None


def apply_transition(state: MembershipState, transition: Transition, now_ms: int) -> MembershipState:
    """Return the state after the transition."""
    return replace(
        state,
        segment=transition.to_segment,
        since_ms=now_ms,
        candidate=None,
        sequence=state.sequence + 1,
        pinned_by=transition.pinned_by,
    )


def on_empty_window(state: MembershipState) -> tuple[MembershipState, Transition | None]:
    """Decide an empty window, without a segment model: inactive, except for users without a result to lose."""
    keeps = state.segment in (PENDING, INACTIVE)
    return without_candidate(state), None if keeps else Transition(INACTIVE, Rule.INACTIVE)


def pin(state: MembershipState, rule: PinRule) -> tuple[MembershipState, Transition | None]:
    """Pin a user to the segment of `rule`: at once, with any window, without a segment model."""
    if state.segment == rule.segment:
        return replace(state, candidate=None, pinned_by=rule.condition), None
    return without_candidate(state), Transition(rule.segment, Rule.PINNED, rule.condition)


def unpin(assignment: Assignment | None, n_items: int, model: SegmentModel | None, policy: Policy) -> Transition | None:
    """Return the transition of a user without a pin rule any more; None while the window has no result."""
    if n_items == 0:
        return Transition(INACTIVE, Rule.UNPINNED)
    if assignment is None or model is None or n_items < policy.min_items:
        return None
    return Transition(assignment.segment(model), Rule.UNPINNED)


def _margin_rule(segment: str, nearest: str, assignment: Assignment, model: SegmentModel, margin: float) -> Rule | None:
    """Return the rule that admits `nearest`, or None while the margin protects the current segment."""
    if segment == UNKNOWN:
        return Rule.KNOWN
    if segment not in model.ids:
        return Rule.RETIRED
    if nearest == UNKNOWN:
        is_beyond = assignment.distance > model.thresholds[assignment.nearest] * (1 + margin)
        return Rule.UNKNOWN if is_beyond else None
    current = assignment.distances[model.ids.index(segment)]
    return Rule.MARGIN_AND_DWELL if assignment.distance <= current * (1 - margin) else None
