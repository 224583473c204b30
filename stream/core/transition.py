"""The decision rule: hysteresis with a margin and a dwell (debounce).

A candidate segment replaces the current one if it is nearer by a margin and stays nearer for a dwell. First results,
empty windows and pins need no dwell, because there is nothing to flap back to.

The kernel decides (decide.c). `stream.training.rollout.impact.predict_segments` is the vectorised copy of the margin
rule, for the trainer; a property test keeps both equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from stream.core.decision.overrides import dwell_between, margin_between
from stream.core.policy import Policy
from stream.core.reserved import PENDING


class Rule(StrEnum):
    """A rule that decided a transition."""

    ENTERED = "entered"  # first result
    RETURNED = "returned"  # first result after an empty window
    MARGIN_AND_DWELL = "margin_and_dwell"
    UNKNOWN = "unknown"
    KNOWN = "known"  # from unknown to a segment
    RETIRED = "retired"  # the current segment is not in the model
    INACTIVE = "inactive"
    PINNED = "pinned"
    UNPINNED = "unpinned"


@dataclass(frozen=True, slots=True)
class MembershipState:
    """A membership state: the published segment, and a candidate that has been nearer since `candidate_since_ms`."""

    segment: str = PENDING
    since_ms: int = 0
    candidate: str | None = None
    candidate_since_ms: int = 0
    sequence: int = 0  # changes published so far
    pinned_by: str = ""  # condition of the pin rule that holds; empty: none


class Hysteresis(NamedTuple):
    """Requirements of a change: relative margin, in [0, 1), and dwell."""

    margin: float
    dwell_ms: int


def required(policy: Policy, segment: str, candidate: str) -> Hysteresis:
    """Return the requirements of a change from `segment` to `candidate`, overrides included."""
    overrides = policy.overrides
    if not overrides:
        return Hysteresis(policy.margin, policy.dwell_ms)
    return Hysteresis(
        margin_between(segment, candidate, overrides, policy.margin),
        dwell_between(segment, candidate, overrides, policy.dwell_ms),
    )


def dwell_due_ms(state: MembershipState, policy: Policy) -> int | None:
    """Return when the dwell of the candidate ends; None without a candidate."""
    if state.candidate is None:
        return None
    return state.candidate_since_ms + required(policy, state.segment, state.candidate).dwell_ms
