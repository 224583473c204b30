"""A user's present state: the window now, the distances, and whether a move is under way."""

from __future__ import annotations

from dataclasses import replace

from stream.core.event import Event, Rejected
from stream.core.reserved import INACTIVE, PENDING
from stream.core.state import PartitionState
from stream.core.transition import dwell_due_ms
from stream.explain.explanation import Outlook, Present
from stream.explain.model_shelf import ModelShelf
from stream.explain.outlook import outlook
from stream.explain.recompute import Guide, membership_before
from stream.explain.redecide import Rules, evaluate_now, redecide
from stream.explain.times import count, minute, span
from stream.explain.trace import Evaluated, Trace
from stream.explain.user_past import UserPast
from stream.explain.views import ref, snapshot


def present_state(past: UserPast, shelf: ModelShelf, rules: Rules) -> Present | None:
    """Return the user as of the last processed record; None if the log has no record of the user."""
    found, trace = past.found.past, Trace(past.user)
    state = membership_before(found, past.changes, rules, trace)
    redecide(found, shelf.serving, rules, state, Guide(past.changes, trace))
    if past.user not in state.users:
        return None
    serving = found.switches[-1].serving if found.switches else None
    now = Trace(past.user)
    evaluate_now(past.user, state, shelf.serving(serving) if serving else None, rules, now)
    return _present(past, state, now.open[-1] if now.open else now.decisions[-1].evaluations[-1], rules)


def _present(past: UserPast, state: PartitionState, evaluated: Evaluated, rules: Rules) -> Present:
    membership = state.users[past.user].membership
    evaluated = replace(evaluated, before=membership, after=membership, change=None)
    model = evaluated.model
    ahead = ref(membership.candidate, model) if membership.candidate is not None else None
    due_ms = dwell_due_ms(membership, rules.policy)
    view = outlook(evaluated, membership, rules)
    towards = membership.candidate or (view.next.id if view else membership.segment)
    return Present(
        time_ms=evaluated.now_ms,
        segment=ref(membership.segment, model),
        since_ms=membership.since_ms,
        sequence=membership.sequence,
        snapshot=snapshot(evaluated, membership.segment, towards, rules.policy),
        outlook=view,
        ahead=ahead,
        ahead_since_ms=membership.candidate_since_ms if ahead else None,
        moves_at_ms=due_ms,
        sentences=(*_membership_now(past, evaluated, rules), *_movement(evaluated, view, due_ms)),
    )


def _membership_now(past: UserPast, evaluated: Evaluated, rules: Rules) -> list[str]:
    membership, n = evaluated.after, len(evaluated.items)
    if membership.segment == PENDING:
        return pending_reasons(past, n, evaluated.model is not None, rules)
    name = ref(membership.segment, evaluated.model).name
    found = [f"in {name} since {minute(membership.since_ms)}, with {count(n, 'item')} in the window now"]
    if membership.segment == INACTIVE and n < rules.policy.min_items:
        lacking = count(rules.policy.min_items - n, "more item")
        found.append(f"{lacking} needed for a segment (SEGUE_MIN_ITEMS={rules.policy.min_items})")
    if membership.pinned_by:
        found.append(f"pinned by the declared trait {membership.pinned_by} (SEGUE_PIN)")
    return found


def _movement(evaluated: Evaluated, view: Outlook | None, due_ms: int | None) -> list[str]:
    membership = evaluated.after
    if membership.candidate is not None and due_ms is not None:
        name, since = ref(membership.candidate, evaluated.model).name, minute(membership.candidate_since_ms)
        left = span(max(due_ms - evaluated.now_ms, 0))
        return [f"about to move: {name} is ahead since {since}; the change is due on {minute(due_ms)}, in {left}"]
    if view is None or view.current_distance is None:
        return []
    return [
        f"not moving: {view.next.name} is next at {view.distance:.3f}, {view.current.name} is at "
        f"{view.current_distance:.3f}; a move needs {view.distance_required or 0:.3f} or less"
    ]


def pending_reasons(past: UserPast, n_items: int, has_model: bool, rules: Rules) -> list[str]:
    """Return why a user has no segment yet, and how much is missing."""
    found, need = [], rules.policy.min_items
    if n_items < need:
        found.append(f"no segment yet: {count(n_items, 'item')} in the window, {need} needed (SEGUE_MIN_ITEMS)")
    if not has_model:
        found.append("no segment yet: no segment model serves; `segue segments list` says how far the warm-up is")
    contents = [record.content for record in past.found.past.records]
    if refused := sum(isinstance(content, Rejected) for content in contents):
        found.append(f"{count(refused, 'event')} refused: `segue dlq list` says why")
    n_old = sum(isinstance(content, Event) for content in contents) - n_items
    if n_old > 0:
        found.append(f"{count(n_old, 'older event')} repeated, too late, or out of the window by now (SEGUE_WINDOW_MS)")
    if past.found.n_waiting:
        found.append(f"{count(past.found.n_waiting, 'event')} not processed yet: does a worker run?")
    return found or ["no segment yet: the next event or timer decides"]
