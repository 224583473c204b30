"""The next turn is computed while the former one is delivered, and nothing counts twice or is lost by it."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream.engines.transactional.outbox import Aborted
from stream.kafka.undeliverable import UndeliverableError
from stream.runtime.events import Delivered, NotDelivered
from stream.runtime.job import UnavailableError
from tests.engines.loop import DEADLINE_S, Loop

FENCED = KafkaException(KafkaError(KafkaError._FENCED, fatal=True))
FOR_GOOD = UndeliverableError("t", KafkaError.TOPIC_AUTHORIZATION_FAILED, "refused")


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    return Loop(monkeypatch, partitions=(0, 1))


def until_computed(loop: Loop, n_batches: int) -> Any:
    """Return a hold of the first delivery until so many batches are computed."""
    computed = Event()
    loop.job.on_process = lambda: computed.set() if loop.job.n_computed >= n_batches else None
    return lambda number: number > 0 or assert_soon(computed)


def assert_soon(event: Event) -> bool:
    assert event.wait(DEADLINE_S)
    return True


def test_a_turn_is_computed_while_the_former_one_is_delivered(loop: Loop) -> None:
    loop.delivery.holds = until_computed(loop, 3)  # both of the first turn, and one of the second
    loop.run()
    assert {len(offsets) for offsets in loop.delivery.done.values()} == {loop.n_records}


@pytest.mark.parametrize("n_computed", [2, 4])
def test_an_aborted_turn_takes_back_what_was_computed_on_top_of_it(loop: Loop, n_computed: int) -> None:
    loop.delivery.holds = until_computed(loop, n_computed)
    loop.delivery.fails = lambda number: Aborted("the coordinator moved") if number == 0 else None
    loop.run()
    assert {len(offsets) for offsets in loop.delivery.done.values()} == {loop.n_records}
    assert sum(isinstance(event, NotDelivered) for event in loop.events) == 1


@pytest.mark.parametrize("error", [FENCED, FOR_GOOD], ids=["fenced", "refused for good"])
@pytest.mark.parametrize("n_computed", [2, 4])
def test_an_error_of_the_delivery_ends_the_loop(loop: Loop, error: Exception, n_computed: int) -> None:
    loop.delivery.holds = until_computed(loop, n_computed)
    loop.delivery.fails = lambda number: error
    with pytest.raises(type(error)) as caught:
        loop.run()
    assert caught.value is error
    assert loop.delivery.closed
    assert loop.delivery.done == {}
    assert not any(isinstance(event, Delivered) for event in loop.events)


def test_a_stopped_loop_ends_after_the_delivery_and_its_merge(loop: Loop) -> None:
    loop.delivery.holds = lambda _: loop.stop.set()
    loop.run()
    assert [len(offsets) for offsets in loop.delivery.done.values()] == [4, 4]
    assert sum(isinstance(event, Delivered) for event in loop.events) == 1


def test_a_bug_in_the_next_turn_leaves_the_former_one_whole(loop: Loop) -> None:
    def raise_a_bug() -> None:
        if loop.job.n_computed == 3:
            raise ZeroDivisionError

    loop.job.on_process = raise_a_bug
    with pytest.raises(ZeroDivisionError):
        loop.run()
    assert loop.delivery.closed
    assert loop.delivery.done == {0: [0, 1, 2, 3], 1: [0, 1, 2, 3]}


@pytest.mark.parametrize("aborted", [False, True])
def test_a_partition_is_let_go_after_the_delivery_and_the_others_go_on(loop: Loop, aborted: bool) -> None:
    """As a rebalance does, and the loss of a session, where the delivery is refused."""
    polled, n_polls = Event(), 0
    loop.delivery.holds = lambda number: number > 0 or assert_soon(polled)
    loop.delivery.fails = lambda number: Aborted("unknown member") if aborted and number == 0 else None

    def revoke_at_the_second_poll() -> None:
        nonlocal n_polls
        n_polls += 1
        if n_polls == 2:
            polled.set()
            loop.partitions.revoke(1)

    loop.on_poll = revoke_at_the_second_poll
    loop.run()
    assert loop.delivery.done.get(1, []) == ([] if aborted else [0, 1, 2, 3])
    assert loop.delivery.done[0] == list(range(loop.n_records))
    assert 1 not in loop.job.state


def test_a_partition_that_comes_back_in_the_same_poll_has_its_new_state(loop: Loop) -> None:
    n_polls = 0

    def lose_and_get_back() -> None:
        nonlocal n_polls
        n_polls += 1
        if n_polls == 2:
            loop.partitions.revoke(1)
            loop.partitions.assign(1)

    loop.on_poll = lose_and_get_back
    loop.run()
    assert {len(offsets) for offsets in loop.delivery.done.values()} == {loop.n_records}


def test_records_that_need_an_absent_service_come_again_after_the_former_turn(loop: Loop) -> None:
    asked = Event()

    def answer() -> None:
        if loop.job.n_computed == 3:
            asked.set()
            raise UnavailableError("no registry")

    loop.job.on_process = answer
    loop.delivery.holds = lambda number: number > 0 or assert_soon(asked)
    loop.run()
    assert {len(offsets) for offsets in loop.delivery.done.values()} == {loop.n_records}
    assert sum(isinstance(event, NotDelivered) for event in loop.events) == 1


@given(
    fates=st.lists(st.sampled_from(["delivered", "aborted"]), max_size=12),
    rebalances=st.dictionaries(st.integers(1, 12), st.sampled_from(["revoke", "return", "both"])),
    held=st.sets(st.integers(0, 12)),
    batch_records=st.integers(1, 7),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_record_counts_once_whatever_happens(
    monkeypatch: pytest.MonkeyPatch,
    fates: list[str],
    rebalances: dict[int, str],
    held: set[int],
    batch_records: int,
) -> None:
    """Deliveries in `held` end after the next poll has begun."""
    loop, n_polls = Loop(monkeypatch, n_records=12, partitions=(0, 1)), 0
    loop.delivery.fails = lambda n: Aborted("as drawn") if n < len(fates) and fates[n] == "aborted" else None
    polled = [Event() for _ in range(1_000)]  # since the delivery of this number began

    def hold(number: int) -> None:
        if number in held and not loop.stop.is_set():
            assert_soon(polled[number])

    def poll() -> None:
        nonlocal n_polls
        n_polls += 1
        polled[max(0, loop.delivery.n_begun - 1)].set()
        what, owned = rebalances.get(n_polls), 1 in loop.partitions.next_offsets
        if what in ("revoke", "both") and owned:
            loop.partitions.revoke(1)
        if (what in ("return", "both") or n_polls > 12) and 1 not in loop.partitions.next_offsets:
            loop.partitions.assign(1)

    loop.delivery.holds, loop.on_poll = hold, poll
    loop.run(batch_records)
    assert loop.delivery.done[0] == list(range(12))
