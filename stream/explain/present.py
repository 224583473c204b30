"""A user's present state as the workers stored it: window, distances, and whether a move is under way.

The log may begin later than the window, after a backfill or by its retention. The state changelog has all of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from stream.core.evaluated import Evaluated
from stream.core.event import Event, Rejected
from stream.core.partition import PartitionState
from stream.core.reserved import INACTIVE, PENDING
from stream.core.state import UserState
from stream.core.transition import MembershipState, dwell_due_ms
from stream.explain.explanation import Lack, Missing, Outlook, Present
from stream.explain.model_shelf import ModelShelf
from stream.explain.outlook import outlook
from stream.explain.redecide import Rules, evaluate_now
from stream.explain.times import count, minute, span
from stream.explain.trace import Trace
from stream.explain.unpublished import newest_unpublished
from stream.explain.user_past import UserPast
from stream.explain.views import ref, snapshot
from stream.wire.changes import SegmentRef
from stream.wire.state_rebuilder import StateRebuilder


def present_state(past: UserPast, shelf: ModelShelf, rules: Rules) -> Present | None:
    """Return the user as of the last processed record or timer; None without a stored state."""
    rebuilder = StateRebuilder(rules.encoder, rules.policy)
    for key, value in past.found.state.items():
        rebuilder.add(key, value)
    partition = rebuilder.finish()
    user = partition.user(past.user)
    if user is None:
        return None
    if missing := tuple(_missing(past, partition, shelf, rules)):
        return _unevaluated(past, partition, user, missing, rules)
    now = Trace(past.user)
    evaluate_now(past.user, partition, shelf.serving(partition.serving), rules, now)
    return _present(past, user.membership, now.last, rules)


def _missing(past: UserPast, partition: PartitionState, shelf: ModelShelf, rules: Rules) -> Iterator[Missing]:
    """Yield why the stored window cannot be evaluated as the workers evaluate it."""
    serving = partition.serving
    is_ramp = partition.now_ms < serving.since_ms + serving.ramp_ms
    for version in (serving.model, serving.previous if is_ramp else 0):
        if version and shelf.model(version) is None:
            yield shelf.missing[version]
    if past.user in partition.stale:
        yield Missing(
            Lack.OTHER_ENCODER,
            f"the window has vectors of another encoder than {rules.encoder.version}: give the encoder of the workers "
            "(SEGUE_ENCODER); after a change of theirs, the user's next event or timer encodes it again",
        )


def _unevaluated(
    past: UserPast, partition: PartitionState, user: UserState, missing: tuple[Missing, ...], rules: Rules
) -> Present:
    """Return the present state without distances and outlook."""
    membership, ids = user.membership, [item.id for item in user.items]
    due_ms = dwell_due_ms(membership, rules.policy)
    where = _published_ref(past, membership.segment)
    now = _membership_now(past, membership, where, ids, partition.serving.model > 0, rules)
    return Present(
        time_ms=partition.now_ms,
        segment=where,
        since_ms=membership.since_ms,
        sequence=membership.sequence,
        snapshot=None,
        outlook=None,
        ahead=_published_ref(past, membership.candidate) if membership.candidate is not None else None,
        ahead_since_ms=membership.candidate_since_ms if membership.candidate is not None else None,
        moves_at_ms=due_ms,
        sentences=(*now, *(f"the distances of now are not computed: {each.sentence}" for each in missing)),
        missing=missing,
    )


def _published_ref(past: UserPast, segment: str) -> SegmentRef:
    """Return a segment with the name that the user's last change had for it; without one, the id is its name."""
    change = past.change(None)
    return change.to if change and change.to.id == segment else SegmentRef(segment, segment)


def _present(past: UserPast, membership: MembershipState, evaluated: Evaluated, rules: Rules) -> Present:
    evaluated = replace(evaluated, before=membership, after=membership, change=None)
    model = evaluated.model
    ahead = ref(membership.candidate, model) if membership.candidate is not None else None
    due_ms = dwell_due_ms(membership, rules.policy)
    view = outlook(evaluated, membership, rules)
    towards = membership.candidate or (view.next.id if view else membership.segment)
    where = ref(membership.segment, model) if model else _published_ref(past, membership.segment)
    ids = [item.id for item in evaluated.items]
    now = _membership_now(past, membership, where, ids, model is not None, rules)
    return Present(
        time_ms=evaluated.now_ms,
        segment=where,
        since_ms=membership.since_ms,
        sequence=membership.sequence,
        snapshot=snapshot(evaluated, membership.segment, towards, rules.policy),
        outlook=view,
        ahead=ahead,
        ahead_since_ms=membership.candidate_since_ms if ahead else None,
        moves_at_ms=due_ms,
        sentences=(*now, *_movement(evaluated, view, due_ms)),
    )


def _membership_now(
    past: UserPast, membership: MembershipState, where: SegmentRef, ids: Collection[str], has_model: bool, rules: Rules
) -> list[str]:
    if membership.segment == PENDING:
        return pending_reasons(past, ids, has_model, rules)
    since, held = minute(membership.since_ms), count(len(ids), "item")
    found = [f"in {where.name} since {since}, with {held} in the window now"]
    if membership.segment == INACTIVE and len(ids) < rules.policy.min_items:
        lacking = count(rules.policy.min_items - len(ids), "more item")
        found.append(f"{lacking} needed for a segment (SEGUE_MIN_ITEMS={rules.policy.min_items})")
    if membership.pinned_by:
        found.append(f"pinned by the declared trait {membership.pinned_by} (SEGUE_PIN)")
    if past.changes and (missing := newest_unpublished(past)):
        found.append(missing.sentence)
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


def pending_reasons(past: UserPast, ids: Collection[str], has_model: bool, rules: Rules) -> list[str]:
    """Return why a user has no segment yet, and how much is missing; `ids` are the items in the window."""
    found, n_items, need = [], len(ids), rules.policy.min_items
    if n_items < need:
        found.append(f"no segment yet: {count(n_items, 'item')} in the window, {need} needed (SEGUE_MIN_ITEMS)")
    if not has_model:
        found.append("no segment yet: no segment model serves; `segue segments list` says how far the warm-up is")
    contents = [record.content for record in past.found.past.records]
    if refused := sum(isinstance(content, Rejected) for content in contents):
        found.append(f"{count(refused, 'event')} refused: `segue dlq list` says why")
    events = [content.id for content in contents if isinstance(content, Event)]
    n_old = len(events) - len({*events} & {*ids})
    if n_old > 0:
        found.append(f"{count(n_old, 'older event')} repeated, too late, or out of the window by now (SEGUE_WINDOW_MS)")
    if past.found.n_waiting:
        found.append(f"{count(past.found.n_waiting, 'event')} not processed yet: does a worker run?")
    return found or ["no segment yet: the next event or timer decides"]
