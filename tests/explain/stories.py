"""A user of the hand-worked tests: milk, then bread, with one model of three words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from stream.core.event import Event, Record
from stream.core.policy import Policy
from stream.core.records import Records
from stream.core.serving import Serving, ServingVersions
from stream.core.step import step
from stream.explain.comparison import published_form
from stream.explain.past import Past, Place
from stream.explain.redecide import Rules, empty_partition, redecide, spans
from stream.explain.trace import Trace
from stream.wire.changes import SegmentChange
from stream.wire.state_records import Put, SwitchRecord, puts
from tests.core.builders import ENCODER, MODEL, POLICY, START_MS, event_at

STORY_POLICY = replace(POLICY, window_items=4, window_ms=100, half_life_ms=1000, dwell_ms=5)
RULES = Rules(ENCODER, STORY_POLICY)
SERVING = Serving(replace(MODEL, thresholds=MODEL.thresholds + 9))  # wide thresholds: nobody is unknown

#  ms      0     1     2    10    11    12    13   ...  18
#  item    milk  milk  milk bread bread bread bread     dwell ends
EVENTS = tuple(event_at(at, "milk" if at < 10 else "bread") for at in (0, 1, 2, 10, 11, 12, 13))
LATER = event_at(30, "bread")


def story(events: Sequence[Event] = (*EVENTS, LATER)) -> Past:
    """The past of these events, decided by one model from the beginning."""
    records = [Record(at, event.time_ms + 1, event) for at, event in enumerate(events)]
    end = Place(len(records) - 1, records[-1].arrival_ms if records else START_MS)
    return Past(records, [SwitchRecord(0, -1, ServingVersions(1))], end)


def serving_of(versions: ServingVersions) -> Serving | None:
    """The one model, and none before it."""
    return SERVING if versions.model == 1 else None


def told(past: Past | None = None, rules: Rules = RULES) -> Trace:
    """The trace of the story."""
    trace = Trace("ann")
    redecide(past or story(), serving_of, rules, observe=trace)
    return trace


def published(past: Past | None = None, policy: Policy = STORY_POLICY) -> list[SegmentChange]:
    """The changes of the story as on the topic."""
    return [published_form(decision.change) for decision in told(past, Rules(ENCODER, policy)).decisions]


def changelog(past: Past, rules: Rules = RULES) -> Iterator[Put]:
    """What the workers put into the changelog while they processed a past, step by step."""
    partition = empty_partition(rules)
    for records, versions, until_ms in spans(past):
        done = step(Records.of(records), partition, serving_of(versions), rules.encoder, partition.policy, until_ms)
        yield from puts(done, 1)
        done.merge_into(partition)
