"""No record and no stored state moves a partition's time far beyond the worker's clock."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stream.core.partition import PartitionState
from stream.core.policy import DAY_MS, Clock, Policy
from stream.core.state import UserState
from stream.core.transition import MembershipState
from stream.jobs.arrival import AS_RECEIVED, Arrivals, BoundedArrivals, arrivals_of
from stream.wire.records import ConsumerRecord

NOW_MS = 1_767_225_600_000  # 2026-01-01
YEAR_MS = 365 * DAY_MS
POLICY = Policy(max_ahead_ms=300_000)


def record(timestamp_ms: int, by_producer: bool = True) -> ConsumerRecord:
    return ConsumerRecord("user-events", 2, 7, timestamp_ms, b"ann", b"{}", [], by_producer)


def arrival_ms(bounded: Arrivals, *records: ConsumerRecord) -> list[int]:
    """The arrivals of records that come together."""
    timestamps_ms = np.array([each.timestamp_ms for each in records], np.int64)
    return [int(ms) for ms in bounded.arrivals_ms(records, timestamps_ms)]


def arrivals(told: list[str] | None = None) -> BoundedArrivals:
    return BoundedArrivals(POLICY, lambda: NOW_MS, (told if told is not None else []).append)


@pytest.mark.parametrize("behind_ms", [0, 1, YEAR_MS, -300_000])
def test_a_time_in_the_past_or_little_ahead_stays(behind_ms: int) -> None:
    assert arrival_ms(arrivals(), record(NOW_MS - behind_ms)) == [NOW_MS - behind_ms]


@pytest.mark.parametrize(
    ("by_producer", "ahead_ms", "bounded_ms"),
    [(True, 300_001, 300_000), (True, YEAR_MS, 300_000), (False, DAY_MS, DAY_MS), (False, YEAR_MS, DAY_MS)],
    ids=["producer", "producer a year", "broker a day", "broker a year"],
)
def test_a_time_far_ahead_is_bounded(by_producer: bool, ahead_ms: int, bounded_ms: int) -> None:
    assert arrival_ms(arrivals(), record(NOW_MS + ahead_ms, by_producer)) == [NOW_MS + bounded_ms]


@pytest.mark.parametrize("timestamp_ms", [-1, 0, NOW_MS // 1000], ids=["absent", "zero", "seconds for milliseconds"])
def test_a_time_that_is_none_is_now(timestamp_ms: int) -> None:
    assert arrival_ms(arrivals(), record(timestamp_ms)) == [NOW_MS]


def test_each_record_of_a_batch_has_its_own_bound() -> None:
    stamps = [(-1, True), (NOW_MS, True), (NOW_MS + YEAR_MS, False), (NOW_MS + YEAR_MS, True), (NOW_MS + 1, False)]
    bounded = arrival_ms(arrivals(), *(record(timestamp_ms, by_producer) for timestamp_ms, by_producer in stamps))
    assert bounded == [NOW_MS, NOW_MS, NOW_MS + DAY_MS, NOW_MS + 300_000, NOW_MS + 1]


def test_the_log_names_a_bounded_record_and_the_remedy_once_an_hour() -> None:
    told: list[str] = []
    bounded = arrivals(told)
    for _ in range(9):
        arrival_ms(bounded, record(NOW_MS), record(NOW_MS + YEAR_MS)._replace(offset=8))
    [words] = told
    assert "partition 2 offset 8 with its producer's time 2027-01-01 00:00:00 UTC" in words
    assert "message.timestamp.type=LogAppendTime" in words


def partition_at(now_ms: int) -> PartitionState:
    state = PartitionState(POLICY, 2, "hash")
    state.now_ms = now_ms
    return state


def test_a_state_a_year_ahead_is_set_right_and_told() -> None:
    ahead_ms, told = NOW_MS + YEAR_MS, list[str]()
    state = partition_at(ahead_ms)
    bob = UserState(membership=MembershipState("s-1", NOW_MS - 5, "s-2", NOW_MS - 4, 1))
    state.put("bob", bob)
    state.put("ann", UserState(membership=MembershipState("s-1", ahead_ms, "s-2", ahead_ms, 3), sampled_ms=ahead_ms))
    arrivals(told).set_right(0, state)
    ann = UserState(membership=MembershipState("s-1", NOW_MS, None, NOW_MS, 3), sampled_ms=NOW_MS)
    assert state.now_ms == NOW_MS
    assert (state.user("ann"), state.user("bob")) == (ann, bob)
    assert state.next_due_ms() == NOW_MS - 4 + POLICY.dwell_ms
    assert "the time of partition 0 was 2027-01-01 00:00:00 UTC" in told[0]


def test_a_state_little_ahead_stays() -> None:
    told: list[str] = []
    state = partition_at(NOW_MS + DAY_MS)
    arrivals(told).set_right(0, state)
    assert (state.now_ms, told) == (NOW_MS + DAY_MS, [])


def test_the_event_clock_needs_no_bound() -> None:
    policy = replace(POLICY, clock=Clock.EVENT)
    assert arrivals_of(policy, lambda: NOW_MS, print) is AS_RECEIVED
    assert arrival_ms(AS_RECEIVED, record(-1)) == [-1]
    assert isinstance(arrivals_of(POLICY, lambda: NOW_MS, print), BoundedArrivals)
