from __future__ import annotations

import pytest

from stream.core.event import Content, Declaration, Erasure, Ignored, Record, Rejected
from stream.core.reasons import Reason
from stream.core.state import PartitionState, Timer
from stream.core.timeline import Timeline, record_time_ms
from tests.core.builders import POLICY, START_MS, WALL, event, of_contents


@pytest.mark.parametrize(
    "content", [event(5), Declaration("ann", {}), Erasure("ann"), Ignored("alias"), Rejected(Reason.NOT_JSON, "")]
)
def test_by_the_wall_it_is_when_the_broker_got_the_record(content: Content) -> None:
    assert record_time_ms(Record(0, START_MS + 9, content), WALL) == START_MS + 9


@pytest.mark.parametrize(
    "content", [Declaration("ann", {}), Erasure("ann"), Ignored("alias"), Rejected(Reason.NOT_JSON, "")]
)
def test_by_the_event_clock_only_events_tell_the_time(content: Content) -> None:
    assert record_time_ms(Record(0, START_MS + 9, content), POLICY) == 0


def test_by_the_event_clock_it_is_just_after_the_event() -> None:
    assert record_time_ms(Record(0, START_MS + 9, event(5)), POLICY) == START_MS + 6


def test_a_step_ends_at_the_latest_of_what_was_what_is_proven_and_what_is_asked() -> None:
    partition, records = PartitionState(now_ms=START_MS), of_contents(event(7), event(3))
    assert Timeline(partition, [], POLICY, 0).end_ms == START_MS
    assert Timeline(partition, records, POLICY, 0).end_ms == START_MS + 8
    assert Timeline(partition, records, POLICY, START_MS + 20).end_ms == START_MS + 20
    assert Timeline(PartitionState(now_ms=START_MS + 30), records, POLICY, START_MS + 20).end_ms == START_MS + 30


def test_timers_come_in_the_order_they_are_due_an_expiry_before_a_dwell() -> None:
    early, expiry, dwell = Timer(1, "bob", dwell=True), Timer(5, "ann", dwell=False), Timer(5, "ann", dwell=True)
    partition = PartitionState(timers=sorted([dwell, expiry, early]))
    timeline = Timeline(partition, [], POLICY, 9)
    late, soon = Timer(12, "cia", dwell=True), Timer(3, "cia", dwell=True)
    timeline.add(late)
    timeline.add(soon)
    assert timeline.next_due_ms(0) is None
    assert timeline.next_due_ms(1) == 1
    assert [timeline.pop() for _ in range(4)] == [early, soon, expiry, dwell]
    assert (timeline.next_due_ms(11), timeline.next_due_ms(12)) == (None, 12)
    assert (timeline.now_ms, timeline.remaining()) == (5, [late])
    timeline.pop()
    assert (timeline.now_ms, timeline.next_due_ms(99)) == (12, None)
    assert partition.timers == [early, expiry, dwell]


def test_an_overdue_timer_does_not_turn_time_back() -> None:
    timeline = Timeline(PartitionState(timers=[Timer(3, "ann", dwell=True)], now_ms=8), [], POLICY, 0)
    timeline.pop()
    assert timeline.now_ms == 8
