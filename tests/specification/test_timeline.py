from __future__ import annotations

import pytest

from stream.core.event import Content, Declaration, Erasure, Ignored, Record, Rejected
from stream.core.reasons import Reason
from tests.core.builders import POLICY, START_MS, WALL, event_at, records_with
from tests.specification.state import PartitionState, timer_of
from tests.specification.timeline import Timeline, record_time_ms


@pytest.mark.parametrize(
    "content", [event_at(5), Declaration("ann", {}), Erasure("ann"), Ignored("alias"), Rejected(Reason.NOT_JSON, "")]
)
def test_under_the_wall_clock_a_record_proves_the_brokers_time(content: Content) -> None:
    assert record_time_ms(Record(0, START_MS + 9, content), WALL) == START_MS + 9


@pytest.mark.parametrize(
    "content", [Declaration("ann", {}), Erasure("ann"), Ignored("alias"), Rejected(Reason.NOT_JSON, "")]
)
def test_under_the_event_clock_only_events_prove_a_time(content: Content) -> None:
    assert record_time_ms(Record(0, START_MS + 9, content), POLICY) == 0


def test_under_the_event_clock_an_event_proves_the_next_millisecond() -> None:
    assert record_time_ms(Record(0, START_MS + 9, event_at(5)), POLICY) == START_MS + 6


def test_a_step_ends_at_the_latest_of_partition_time_proven_time_and_until_ms() -> None:
    partition, records = PartitionState(now_ms=START_MS), records_with(event_at(7), event_at(3))
    assert Timeline(partition, [], POLICY, 0).end_ms == START_MS
    assert Timeline(partition, records, POLICY, 0).end_ms == START_MS + 8
    assert Timeline(partition, records, POLICY, START_MS + 20).end_ms == START_MS + 20
    assert Timeline(PartitionState(now_ms=START_MS + 30), records, POLICY, START_MS + 20).end_ms == START_MS + 30


def test_timers_come_in_the_order_they_are_due_an_expiry_before_a_dwell() -> None:
    early, expiry, dwell = (
        timer_of(1, "bob", dwell=True),
        timer_of(5, "ann", dwell=False),
        timer_of(5, "ann", dwell=True),
    )
    partition = PartitionState(timers=sorted([dwell, expiry, early]))
    timeline = Timeline(partition, [], POLICY, 9)
    late, soon = timer_of(12, "cia", dwell=True), timer_of(3, "cia", dwell=True)
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


def test_an_overdue_timer_does_not_decrease_the_time() -> None:
    timeline = Timeline(PartitionState(timers=[timer_of(3, "ann", dwell=True)], now_ms=8), [], POLICY, 0)
    timeline.pop()
    assert timeline.now_ms == 8
