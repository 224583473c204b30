"""Decisions made again: the hot path itself over a past, model by model.

An evaluation has the same bits whatever else the step evaluates. Thus the records of the users in question suffice,
with the partition's time at each of them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import NamedTuple

from stream.core.encoder import Encoder
from stream.core.evaluated import Observe
from stream.core.event import Record
from stream.core.labels import NO_LABELS, LabelHeads
from stream.core.output import Change
from stream.core.partition import PartitionState
from stream.core.policy import Clock, Policy
from stream.core.records import Records
from stream.core.serving import NOTHING_SERVES, Serving, ServingVersions
from stream.core.state import UserState
from stream.core.step import step
from stream.core.user_columns import columns_of
from stream.explain.past import Past

ServingOf = Callable[[ServingVersions], Serving | None]  # None: no model, or none that can be had
Between = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Rules:
    """A worker's encoder, settings and label heads."""

    encoder: Encoder
    policy: Policy
    labels: LabelHeads = NO_LABELS


class Span(NamedTuple):
    """Records that one serving model decides, and the time to which the partition's clock went under it."""

    records: Sequence[Record]
    serving: ServingVersions
    until_ms: int


def spans(past: Past) -> Iterator[Span]:
    """Yield the spans of a past, in order."""
    offsets = [*(switch.offset for switch in past.switches), past.end.offset]
    untils = [*(switch.now_ms for switch in past.switches), past.end.now_ms]
    servings = [NOTHING_SERVES, *(switch.serving for switch in past.switches)]
    begin = 0
    for offset, until_ms, serving in zip(offsets, untils, servings, strict=True):
        end = max(begin, bisect_right(past.records, offset, key=attrgetter("offset")))
        yield Span(past.records[begin:end], serving, until_ms)
        begin = end


def empty_partition(rules: Rules) -> PartitionState:
    """Return the state before the first record, of a partition whose times are those given by the records."""
    return PartitionState(on_given_times(rules.policy), rules.encoder.dimension, rules.encoder.version)


def redecide(
    past: Past,
    serving_of: ServingOf,
    rules: Rules,
    partition: PartitionState | None = None,
    observe: Observe | None = None,
    between: Between | None = None,
) -> list[Change]:
    """Return the changes of a past, in order; `partition` holds the state before it, and the state after it then.

    With `between` each record and each timer is a step of its own, and `between` is called after each.
    """
    partition, changes = empty_partition(rules) if partition is None else partition, list[Change]()
    for span in spans(past):
        serving = serving_of(span.serving)
        for records, until_ms in [(span.records, span.until_ms)] if between is None else _pieces(span, partition):
            given = Records.of(records), partition, serving, rules.encoder, partition.policy, until_ms, rules.labels
            done = step(*given, observe=observe)
            done.merge_into(partition)
            changes += [output for output in done.outputs if isinstance(output, Change)]
            if between is not None:
                between()
    return changes


def _pieces(span: Span, partition: PartitionState) -> Iterator[tuple[Sequence[Record], int]]:
    """Yield the records and timers of a span one by one; each is to be merged before the next is asked for."""
    for record in span.records:
        yield from _timers(partition, record.arrival_ms)
        yield [record], 0
    yield from _timers(partition, span.until_ms)
    yield [], span.until_ms


def _timers(partition: PartitionState, until_ms: int) -> Iterator[tuple[Sequence[Record], int]]:
    while (due_ms := partition.next_due_ms()) is not None and due_ms <= until_ms:
        yield [], due_ms


def evaluate_now(user: str, partition: PartitionState, serving: Serving | None, rules: Rules, observe: Observe) -> None:
    """Evaluate a user with a state, without an event, at the partition's time; the state stays as it is."""
    step(Records.of([]), partition, serving, rules.encoder, partition.policy, 0, rules.labels, [user], observe)


def evaluate_state(
    user: str, state: UserState, partition: PartitionState, serving: Serving | None, rules: Rules, observe: Observe
) -> None:
    """Evaluate a user once, with this state, at the partition's time; no timer of the state fires before."""
    partition.put_columns(columns_of({user: state}, partition.encoder))
    evaluate_now(user, partition, serving, rules, observe)


def on_given_times(policy: Policy) -> Policy:
    """Return the policy with times as given by the records, as the broker's are under the wall clock."""
    return replace(policy, clock=Clock.WALL)
