"""The trace context of a change is that of the user's last event or declaration, also when a timer decides."""

from __future__ import annotations

from dataclasses import replace

from stream.core.decision.pins import PinRule
from stream.core.event import Content, Declaration, Erasure, Event, Record
from stream.core.output import Change
from stream.core.policy import Policy
from stream.core.transition import Rule
from tests.core.builders import MODEL, START_MS, WALL, event_at
from tests.core.cores import CoreType
from tests.core.recorder import StepRecorder

PINNING = replace(WALL, pin=(PinRule.parse("club=milk:members"),))


def traces(
    core: CoreType,
    *records: tuple[int, Content, str],
    until_ms: int = 0,
    policy: Policy = WALL,
    recorder: StepRecorder | None = None,
) -> list[tuple[Rule, str]]:
    """Rule and context of each change, after records that arrive at these times with these contexts."""
    given = [Record(at, START_MS + at_ms, content, context) for at, (at_ms, content, context) in enumerate(records)]
    outputs = (recorder or StepRecorder(core)).step(given, policy, MODEL, until_ms)
    return [(each.rule, each.traceparent) for each in outputs if isinstance(each, Change)]


def test_a_change_by_an_event_has_the_context_of_that_event(core: CoreType) -> None:
    found = traces(core, (0, event_at(0, "milk"), "t1"), (1, event_at(1, "bread", user="bob"), "t2"))
    assert found == [(Rule.ENTERED, "t1"), (Rule.ENTERED, "t2")]


def test_a_change_by_the_end_of_a_dwell_has_the_context_of_the_last_event_before(core: CoreType) -> None:
    bread = [event_at(at, "bread", event_id=f"b{at}") for at in (2, 3, 4)]
    sent = [(0, event_at(0, "milk"), "t1"), *[(3 + at, each, f"b{at}") for at, each in enumerate(bread)]]
    # ... milk at 0; bread from 3 on; the dwell of 5 ms begins when bread is ahead and ends without an event
    assert traces(core, *sent, until_ms=15) == [(Rule.ENTERED, "t1"), (Rule.MARGIN_AND_DWELL, "b2")]


def test_a_user_who_fell_silent_leaves_without_a_context(core: CoreType) -> None:
    assert traces(core, (0, event_at(0, "milk"), "t1"), until_ms=30) == [(Rule.ENTERED, "t1"), (Rule.INACTIVE, "")]


def test_a_declaration_that_pins_gives_its_own_context(core: CoreType) -> None:
    found = traces(
        core, (0, event_at(0, "milk"), "t1"), (1, Declaration("ann", {"club": "milk"}), "t2"), policy=PINNING
    )
    assert found == [(Rule.ENTERED, "t1"), (Rule.PINNED, "t2")]


def test_an_event_without_a_context_ends_the_one_before(core: CoreType) -> None:
    recorder = StepRecorder(core)
    traces(core, (0, event_at(0, "milk"), "t1"), (1, event_at(1, "milk"), ""), recorder=recorder)
    assert recorder.user("ann").traceparent == ""


def test_a_repeated_and_a_late_event_give_no_context(core: CoreType) -> None:
    recorder = StepRecorder(core)
    repeated: Event = event_at(1, "milk", event_id="same")
    late = event_at(-40, "milk")
    traces(core, (1, repeated, "t1"), (2, repeated, "t2"), (3, late, "t3"), recorder=recorder)
    assert recorder.user("ann").traceparent == "t1"


def test_an_erased_user_leaves_no_context(core: CoreType) -> None:
    recorder = StepRecorder(core)
    traces(core, (0, event_at(0, "milk"), "t1"), (1, Erasure("ann"), "t2"), recorder=recorder)
    assert recorder.users() == {}
    assert traces(core, (2, event_at(2, "milk"), ""), recorder=recorder) == [(Rule.ENTERED, "")]
