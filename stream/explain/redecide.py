"""Decisions made again: the hot path itself over a past, model by model.

A row of an evaluation batch has the same bits whatever the other rows are. Thus the records of the users in question
suffice, with the partition's time at each of them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import NamedTuple

from stream.core.encoder import Encoder
from stream.core.event import Record
from stream.core.labels import NO_LABELS, LabelHeads
from stream.core.output import Change
from stream.core.policy import Clock, Policy
from stream.core.scheduler import Observe
from stream.core.serving import NOTHING_SERVES, Serving, ServingVersions
from stream.core.state import PartitionState
from stream.core.step import step
from stream.explain.past import Past

ServingOf = Callable[[ServingVersions], Serving | None]  # None: no model, or none that can be had


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


def redecide(
    past: Past,
    serving_of: ServingOf,
    rules: Rules,
    partition: PartitionState | None = None,
    observe: Observe | None = None,
) -> list[Change]:
    """Return the changes of a past, in order; `partition` holds the state before it, and the state after it then.

    The partition's time at each record is given, as the broker's is under the wall clock.
    """
    policy, changes = on_given_times(rules.policy), list[Change]()
    partition = partition or PartitionState()
    for span in spans(past):
        serving, encoder = serving_of(span.serving), rules.encoder
        records, until_ms = list(span.records), span.until_ms
        done = step(records, partition, serving, encoder, policy, until_ms, rules.labels, observe=observe)
        done.merge_into(partition)
        changes += [output for output in done.outputs if isinstance(output, Change)]
    return changes


def evaluate_now(user: str, partition: PartitionState, serving: Serving | None, rules: Rules, observe: Observe) -> None:
    """Evaluate a user with a state, without an event, at the partition's time; the state stays as it is."""
    step([], partition, serving, rules.encoder, on_given_times(rules.policy), 0, rules.labels, [user], observe)


def on_given_times(policy: Policy) -> Policy:
    """Return the policy with times as given by the records."""
    return replace(policy, clock=Clock.WALL)
