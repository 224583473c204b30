"""Counterfactuals: each is true when the changed past is decided by the hot path itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from stream.core.evaluated import Evaluated
from stream.core.event import Event
from stream.core.output import Change
from stream.core.serving import Serving, ServingVersions
from stream.explain.explanation import WhatIfKind
from stream.explain.outlook import outlook
from stream.explain.past import Place
from stream.explain.redecide import redecide
from stream.explain.trace import Trace
from stream.explain.what_if import items_leave, more_items, without_items
from tests.core.builders import START_MS, event_at
from tests.explain.stories import EVENTS, LATER, RULES, SERVING, STORY_POLICY, serving_of, story, told

DESCRIBED = tuple(replace(each, texts=(each.name,)) for each in SERVING.model.descriptions)
TYPICAL = Serving(replace(SERVING.model, descriptions=DESCRIBED))


def moves(events: Sequence[Event], end_ms: int = 0) -> list[Change]:
    """The changes after other events, up to another end."""
    past = story(events)
    return redecide(replace(past, end=Place(past.end.offset, max(past.end.now_ms, end_ms))), serving_of, RULES)


def last_of(events: Sequence[Event] = (*EVENTS, LATER)) -> Evaluated:
    """The last evaluation of the story, by a model with typical texts."""
    trace, past = Trace("ann"), story(events)

    def serving(versions: ServingVersions) -> Serving | None:
        return TYPICAL if versions.model == 1 else None

    redecide(past, serving, RULES, observe=trace)
    return trace.last


def test_without_the_items_that_pulled_there_is_no_change() -> None:
    found = without_items(told().decisions[1].evaluations[-1], RULES)
    assert found is not None
    assert (found.kind, found.n_items, found.segment.id) == (WhatIfKind.WITHOUT_ITEMS, 4, "inactive")
    kept = [event for event in EVENTS if event.id not in found.ids]
    assert [change.to_segment for change in moves(kept)] == ["s-0001"]


def test_without_one_of_two_texts_another_segment_is_nearest() -> None:
    #  ms    0     1     2      a first result of two breads and a milk needs the breads
    events = [event_at(0, "milk"), event_at(1, "bread"), event_at(2, "bread")]
    rules = replace(RULES, policy=replace(STORY_POLICY, min_items=2))
    trace = Trace("ann")
    redecide(
        story([*events[:1], *events[1:]]),
        serving_of,
        replace(rules, policy=replace(rules.policy, min_items=3)),
        observe=trace,
    )
    found = without_items(trace.decisions[0].evaluations[-1], replace(rules, policy=replace(rules.policy, min_items=1)))
    assert trace.decisions[0].change.to_segment == "s-0002"
    assert found is not None
    assert (found.segment.id, found.ids) == ("s-0001", ("e1", "e2"))
    assert "without the 2 items with “bread” it would have been milk" in found.sentence


def test_items_leave_the_window_at_their_own_time() -> None:
    now = last_of()
    found = items_leave(now, now.after, RULES)
    assert found is not None
    assert found.time_ms is not None
    assert found.time_ms == START_MS + 30 + STORY_POLICY.window_ms + 1
    assert (found.segment.id, found.n_items) == ("inactive", 4)
    [*_, inactive] = moves((*EVENTS, LATER), end_ms=found.time_ms)
    assert (inactive.to_segment, inactive.decision_time_ms) == ("inactive", found.time_ms)
    assert len(moves((*EVENTS, LATER), end_ms=found.time_ms - 1)) == 2


def test_a_result_can_change_before_the_window_is_empty() -> None:
    #  ms   0     1     40           window of 100 ms: the two milks leave at 101 and 102
    events = [event_at(0, "milk"), event_at(1, "milk"), event_at(40, "bread")]
    now = last_of(events)
    assert now.after.segment == "s-0001"
    found = items_leave(now, now.after, RULES)
    assert found is not None
    assert found.time_ms is not None
    assert (found.segment.id, found.time_ms) == ("s-0002", START_MS + 102)
    assert "2 of 3 items will have left the window" in found.sentence
    [*_, moved] = moves(events, end_ms=found.time_ms + STORY_POLICY.dwell_ms)
    assert (moved.to_segment, moved.decision_time_ms) == ("s-0002", found.time_ms + STORY_POLICY.dwell_ms)


def test_the_stated_number_of_more_items_is_the_least_that_suffices() -> None:
    now = last_of()
    found = more_items(now, now.after, "s-0001", RULES)
    assert found is not None
    pace_ms = 1  # the median of 11, 12, 13, 30
    more = [event_at(31 + at * pace_ms, "milk", event_id=f"m{at}") for at in range(found.n_items)]
    moved = moves([*EVENTS, LATER, *more], end_ms=more[-1].time_ms + 1 + STORY_POLICY.dwell_ms)
    assert moved[-1].to_segment == "s-0001"
    fewer = moves([*EVENTS, LATER, *more[:-1]], end_ms=START_MS + 60)
    assert fewer[-1].to_segment == "s-0002"


def test_without_typical_texts_nothing_is_said_of_more_items() -> None:
    now = told().open[-1]
    assert more_items(now, now.after, "s-0001", RULES) is None
    assert more_items(now, now.after, "s-0099", RULES) is None


def test_the_outlook_names_the_nearest_other_segment_and_the_distance_that_is_needed() -> None:
    now = last_of()
    found = outlook(now, now.after, RULES)
    assert found is not None
    assert now.assignment is not None
    _, bread, shoes = now.assignment.distances
    assert (found.current.id, found.next.id) == ("s-0002", "s-0003")
    assert (found.current_distance, found.distance) == (bread, shoes)
    assert found.distance_required == pytest.approx(bread * (1 - STORY_POLICY.margin))
    assert found.lead == pytest.approx(1 - shoes / bread)
    assert found.ways[0].kind is WhatIfKind.ITEMS_LEAVE
