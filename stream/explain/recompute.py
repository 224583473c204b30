"""One published change made again: from the log alone, or from the published change before it.

The log alone is tried first. It does not suffice if a part is missing, or was decided by another encoder or by other
settings. Then the published changes stand in: each sets the membership, and this change alone is decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from stream.core.evaluated import Evaluated
from stream.core.partition import PartitionState
from stream.core.policy import Clock
from stream.core.serving import NOTHING_SERVES, ServingVersions
from stream.core.state import UserState
from stream.core.transition import MembershipState
from stream.explain.comparison import published_form
from stream.explain.explanation import Basis
from stream.explain.past import Past
from stream.explain.redecide import Rules, ServingOf, empty_partition, evaluate_state, redecide
from stream.explain.trace import Decision, Trace
from stream.wire.changes import SegmentChange

_AHEAD_MS = 60_000  # by which a worker's clock was ahead of the broker's when a timer ran just before a record came


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A change decided again, None if nothing of its time and number was, and the basis it was decided on."""

    decision: Decision | None
    basis: Basis
    equal: bool


def recompute(
    past: Past, published: Sequence[SegmentChange], target: SegmentChange, serving_of: ServingOf, rules: Rules
) -> Recomputed:
    """Return `target`, one of a user's `published` changes, decided again; the best try if none is equal."""
    past = past.until(target.decision_time_ms)
    trace = Trace(target.user)
    redecide(past, serving_of, rules, observe=trace)
    tries = [_recomputed(trace, target, Basis.LOG)]
    if tries[0].equal:
        return tries[0]
    earlier = [change for change in published if change.sequence < target.sequence]
    for each in _pasts(past, target, rules):
        trace = Trace(target.user)
        partition = state_before(each, target.user, earlier, rules)
        guide = Guide(earlier, trace, partition)
        redecide(each, serving_of, rules, partition, guide, guide.correct)
        tries.append(_recomputed(trace, target, Basis.PREVIOUS_CHANGE))
        if tries[-1].equal:
            return tries[-1]
    tries.append(_from_window(past, target, serving_of, rules))
    if tries[-1].equal:
        return tries[-1]
    found = [each for each in tries[1:] if each.decision is not None] or [each for each in tries if each.decision]
    return found[0] if found else Recomputed(None, Basis.NOTHING, equal=False)


class Guide:
    """A guide along published changes: it sets a user's membership to that of each, after the step that made it.

    It observes the evaluations for `trace`, and corrects `partition` between the steps.
    """

    def __init__(self, published: Sequence[SegmentChange], trace: Trace, partition: PartitionState) -> None:
        self._published, self._trace, self._partition = published, trace, partition
        self._at, self._is_made = 0, False

    def __call__(self, evaluated: Evaluated) -> None:
        """Take in one decided evaluation."""
        if evaluated.user != self._trace.user:
            return
        self._trace(evaluated)
        while self._at < len(self._published) and _made_by(evaluated, self._published[self._at]):
            self._at, self._is_made = self._at + 1, True

    def correct(self) -> None:
        """Set the membership if a published change was made since the last call."""
        if self._is_made:
            self._partition.set_membership(self._trace.user, membership_after(self._published[self._at - 1]))
            self._trace.begin_again()
            self._is_made = False


def _made_by(evaluated: Evaluated, change: SegmentChange) -> bool:
    """Return True if a change was made by this evaluation, or before it."""
    now_ms, at = evaluated.now_ms, (evaluated.now_ms, len(evaluated.items))
    return now_ms > change.decision_time_ms or at == (change.decision_time_ms, change.n_items)


def membership_after(change: SegmentChange) -> MembershipState:
    """Return the membership that a published change left."""
    return MembershipState(change.to.id, change.decision_time_ms, None, 0, change.sequence, change.pinned_by)


def state_before(past: Past, user: str, published: Sequence[SegmentChange], rules: Rules) -> PartitionState:
    """Return the state before the past: the membership of the last change before its first record."""
    first_ms = past.records[0].arrival_ms if past.records else past.end.now_ms
    before = [change for change in published if change.decision_time_ms < first_ms]
    partition = empty_partition(rules)
    if before:
        partition.put(user, UserState(membership=membership_after(before[-1])))
    return partition


def _from_window(past: Past, target: SegmentChange, serving_of: ServingOf, rules: Rules) -> Recomputed:
    """Return the change decided by one evaluation of the window, with segment and dwell before it as published.

    Several records can have the time of the decision; the window with the published number of items counts.
    """
    at_end = [at for at, record in enumerate(past.records) if record.arrival_ms == past.end.now_ms]
    serving, tries = past.switches[-1].serving if past.switches else NOTHING_SERVES, list[Recomputed]()
    for n in [len(past.records), *reversed(at_end)]:
        partition, trace = empty_partition(rules), Trace(target.user)
        redecide(replace(past, records=past.records[:n]), _without_model, rules, partition)
        user = partition.user(target.user)
        if user is not None and len(user.items) == target.n_items:
            before = replace(user, membership=_membership_at(target))
            evaluate_state(target.user, before, partition, serving_of(serving), rules, trace)
            tries.append(_recomputed(trace, target, Basis.WINDOW))
            if tries[-1].equal:
                break
    return tries[-1] if tries else Recomputed(None, Basis.NOTHING, equal=False)


def _without_model(_: ServingVersions) -> None:
    return None


def _membership_at(target: SegmentChange) -> MembershipState:
    """Return the membership just before a published change."""
    since_ms = target.decision_time_ms - target.hysteresis.dwell_ms
    return MembershipState(target.from_.id, 0, target.to.id, since_ms, target.sequence - 1)


def _recomputed(trace: Trace, target: SegmentChange, basis: Basis) -> Recomputed:
    for decision in reversed(trace.decisions):
        if published_form(decision.change) == target:
            return Recomputed(decision, basis, equal=True)
    at = (target.sequence, target.decision_time_ms)
    same = [each for each in trace.decisions if (each.change.sequence, each.change.decision_time_ms) == at]
    near = same or [each for each in trace.decisions if each.change.sequence == target.sequence]
    return Recomputed(near[-1] if near else None, basis, equal=False)


def _pasts(past: Past, target: SegmentChange, rules: Rules) -> Iterator[Past]:
    """Yield the past, and under the wall clock the past with a worker's clock that was a little ahead.

    A worker's timer moves the time of a partition to the worker's clock. The next record may thus be decided later than
    the broker dated it. Such a time is in the published change: that of the decision, or that of the dwell's start.
    """
    yield past
    if rules.policy.clock is Clock.WALL:
        times_ms = target.decision_time_ms, target.decision_time_ms - target.hysteresis.dwell_ms
        for chosen in list(product((False, True), repeat=2))[1:]:
            yield _moved(past, [time_ms for time_ms, is_chosen in zip(times_ms, chosen, strict=True) if is_chosen])


def _moved(past: Past, times_ms: Sequence[int]) -> Past:
    """Return the past with the last record before each time moved to it."""
    records = list(past.records)
    for time_ms in times_ms:
        before = [at for at, record in enumerate(records) if record.arrival_ms <= time_ms]
        if before and time_ms - records[before[-1]].arrival_ms <= _AHEAD_MS:
            records[before[-1]] = replace(records[before[-1]], arrival_ms=time_ms)
    return replace(past, records=records)
