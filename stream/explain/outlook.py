"""The outlook of a result: the next segment, how far it is, and what would lead there."""

from __future__ import annotations

from stream.core.evaluated import Evaluated
from stream.core.policy import Policy
from stream.core.reserved import INACTIVE, PENDING, UNKNOWN
from stream.core.transition import MembershipState, required
from stream.explain.explanation import Outlook, WhatIf
from stream.explain.redecide import Rules
from stream.explain.views import ref
from stream.explain.what_if import items_leave, more_items, without_items


def outlook(evaluated: Evaluated, state: MembershipState, rules: Rules) -> Outlook | None:
    """Return what would change `state`, the membership after an evaluation; None without a model or an item."""
    model, assignment = evaluated.model, evaluated.assignment
    if model is None or assignment is None:
        return None
    others = [at for at, segment in enumerate(model.ids) if segment != state.segment]
    if not others:
        return None
    nearest = min(others, key=assignment.distances.__getitem__)
    distance, segment = assignment.distances[nearest], model.ids[nearest]
    current = assignment.distances[model.ids.index(state.segment)] if state.segment in model.ids else None
    limit = _limit(current, float(model.thresholds[nearest]), state.segment, segment, rules.policy)
    ways = (
        without_items(evaluated, rules),
        items_leave(evaluated, state, rules),
        more_items(evaluated, state, segment, rules),
    )
    return Outlook(
        current=ref(state.segment, model),
        next=ref(segment, model),
        current_distance=current,
        distance=distance,
        distance_required=limit,
        lead=1 - distance / current if current else 0.0,
        lead_required=required(rules.policy, state.segment, segment).margin if current else 0.0,
        ways=_ways(ways),
    )


def _limit(current: float | None, threshold: float, segment: str, following: str, policy: Policy) -> float | None:
    """Return the distance at which the next segment is ahead; None where only items are wanting."""
    if segment in (PENDING, INACTIVE):
        return None
    if current is None or segment == UNKNOWN:
        return threshold
    return min(threshold, current * (1 - required(policy, segment, following).margin))


def _ways(found: tuple[WhatIf | None, ...]) -> tuple[WhatIf, ...]:
    return tuple(each for each in found if each is not None)
