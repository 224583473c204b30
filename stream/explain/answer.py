"""The answer to a question about one change, or about a user now."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from stream.core.evaluated import Evaluated
from stream.core.partition import PartitionState
from stream.explain.comparison import differences, published_form
from stream.explain.explanation import Basis, Explanation, Missing, Present
from stream.explain.lacks import lacks
from stream.explain.model_shelf import ModelShelf
from stream.explain.outlook import outlook
from stream.explain.present import pending_reasons, present_state
from stream.explain.recompute import Recomputed, recompute
from stream.explain.redecide import Rules, empty_partition, redecide
from stream.explain.sentences import sentences
from stream.explain.trace import Decision, Trace
from stream.explain.unpublished import newest_unpublished, no_such_change, why_gone
from stream.explain.user_past import UserPast
from stream.explain.views import points, snapshot
from stream.wire.changes import SegmentChange

_POINTS = 200  # of the timeline, the newest


def answer(past: UserPast, sequence: int | None, shelf: ModelShelf, rules: Rules) -> Explanation:
    """Return the explanation of a change; without `sequence`, of the last one with the present state.

    Raise NoSuchChangeError for a sequence that the topic does not have and the log cannot decide again.
    """
    present = present_state(past, shelf, rules) if sequence is None else None
    change = past.change(sequence)
    if change is None:
        found_in_log = _unpublished(past, sequence or past.n_changes, shelf, rules)
        if found_in_log is None and sequence is not None:
            raise no_such_change(past, sequence)
        return replace(found_in_log or _without_change(past, present, rules), present=present)
    found = recompute(past.found.past, past.changes, change, shelf.serving, rules)
    explained = _explained(change, found, rules)
    missing = () if found.equal else lacks(past, change, found, shelf, rules)
    return replace(explained, missing=missing, present=present)


def _without_change(past: UserPast, present: Present | None, rules: Rules) -> Explanation:
    """Return what is known of a user none of whose changes can be had."""
    missing = newest_unpublished(past)
    return Explanation(
        user=past.user,
        sequence=past.n_changes,
        change=None,
        recomputed=None,
        equal=False,
        basis=Basis.NOTHING,
        missing=(missing,) if missing else (),
        sentences=present.sentences
        if present
        else tuple(pending_reasons(past, (), bool(past.found.past.switches), rules)),
    )


def _unpublished(past: UserPast, sequence: int, shelf: ModelShelf, rules: Rules) -> Explanation | None:
    """Return the explanation of a change that only the log has; None unless the log leads to the state of now."""
    trace, partition = Trace(past.user), empty_partition(rules)
    redecide(past.found.past, shelf.serving, rules, partition, trace)
    decisions = [decision for decision in trace.decisions if decision.change.sequence == sequence]
    if not decisions or not _leads_to_now(partition, past):
        return None
    found = Recomputed(decisions[-1], Basis.LOG, equal=False)
    explained = _explained(published_form(decisions[-1].change), found, rules)
    return replace(explained, change=None, differences=(), missing=(_nothing_to_compare(past),))


def _leads_to_now(partition: PartitionState, past: UserPast) -> bool:
    """Return True if a state decided from the log has the membership that the workers stored."""
    stored, user = past.stored, partition.user(past.user)
    if stored is None or user is None:
        return False
    found = user.membership
    return (found.segment, found.since_ms, found.sequence) == (stored.segment, stored.since_ms, stored.sequence)


def _nothing_to_compare(past: UserPast) -> Missing:
    why = why_gone(past)
    return Missing(why.lack, f"not on segment-changes, so there is nothing to compare with: {why.sentence}")


def _explained(change: SegmentChange, found: Recomputed, rules: Rules) -> Explanation:
    """Return the explanation of a change as far as it was decided again."""
    explained = Explanation(change.user, change.sequence, change, None, found.equal, found.basis)
    decision = found.decision
    if decision is None:
        return replace(explained, sentences=sentences(change, None, (), None))
    recomputed, last = published_form(decision.change), decision.evaluations[-1]
    explained = replace(explained, recomputed=recomputed, differences=differences(change, recomputed))
    if len(last.items) != change.n_items:  # distances and pulls of a part of the window would mislead
        return replace(explained, sentences=sentences(change, None, (), None))
    before = _before(decision)
    move = decision.change.from_segment, decision.change.to_segment
    after, timeline = snapshot(last, *move, rules.policy), points(decision.evaluations, rules.policy)
    view = outlook(last, last.after, rules)
    return replace(
        explained,
        sentences=sentences(change, after if found.equal else None, timeline, view if found.equal else None),
        before=snapshot(before, *move, rules.policy) if before else None,
        after=after,
        timeline=timeline[-_POINTS:],
        outlook=view,
    )


def _before(decision: Decision) -> Evaluated | None:
    """Return the last evaluation before the new segment was ahead."""
    earlier: Sequence[Evaluated] = decision.evaluations[:-1]
    calm = [each for each in earlier if each.assignment is not None and each.after.candidate is None]
    return calm[-1] if calm else None
