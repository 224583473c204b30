"""The answer to a question about one change, or about a user now."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from stream.explain.comparison import differences, published_form
from stream.explain.explanation import Basis, Explanation, Lack, Missing
from stream.explain.lacks import lacks
from stream.explain.model_shelf import ModelShelf
from stream.explain.outlook import outlook
from stream.explain.present import present_state
from stream.explain.recompute import Recomputed, recompute
from stream.explain.redecide import Rules, redecide
from stream.explain.sentences import sentences
from stream.explain.trace import Decision, Evaluated, Trace
from stream.explain.user_past import UserPast, no_such_change
from stream.explain.views import points, snapshot
from stream.wire.changes import SegmentChange

_POINTS = 200  # of the timeline, the newest

_GONE = Missing(
    Lack.CHANGE_IS_GONE,
    "the change is not on segment-changes any more (its retention), so there is nothing to compare with",
)


def answer(past: UserPast, sequence: int | None, shelf: ModelShelf, rules: Rules) -> Explanation:
    """Return the explanation of a change; without `sequence`, of the last one with the present state.

    Raise NoSuchChangeError for a sequence that neither the topic nor the log has.
    """
    change = past.change(sequence)
    if change is None and sequence is not None:
        return _unpublished(past, sequence, shelf, rules)
    present = present_state(past, shelf, rules) if sequence is None else None
    if change is None:
        said = present.sentences if present else ()
        return Explanation(past.user, 0, None, None, False, Basis.NOTHING, sentences=said, present=present)
    found = recompute(past.found.past, past.changes, change, shelf.serving, rules)
    explained = _explained(change, found, rules)
    missing = () if found.equal else lacks(past, change, found, shelf, rules)
    return replace(explained, missing=missing, present=present)


def _unpublished(past: UserPast, sequence: int, shelf: ModelShelf, rules: Rules) -> Explanation:
    """Return the explanation of a change that only the log has."""
    trace = Trace(past.user)
    redecide(past.found.past, shelf.serving, rules, observe=trace)
    decisions = [decision for decision in trace.decisions if decision.change.sequence == sequence]
    if not decisions:
        raise no_such_change(past, sequence)
    found = Recomputed(decisions[-1], Basis.LOG, equal=False)
    explained = _explained(published_form(decisions[-1].change), found, rules)
    return replace(explained, change=None, differences=(), missing=(_GONE,))


def _explained(change: SegmentChange, found: Recomputed, rules: Rules) -> Explanation:
    """Return the explanation of a change as far as it was decided again."""
    explained = Explanation(change.user, change.sequence, change, None, found.equal, found.basis)
    decision = found.decision
    if decision is None:
        return replace(explained, sentences=sentences(change, None, (), None))
    recomputed, last = published_form(decision.change), decision.evaluations[-1]
    before = _before(decision)
    move = decision.change.from_segment, decision.change.to_segment
    after, timeline = snapshot(last, *move, rules.policy), points(decision.evaluations, rules.policy)
    view = outlook(last, last.after, rules)
    return replace(
        explained,
        recomputed=recomputed,
        differences=differences(change, recomputed),
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
