"""Errors that the group's consumer reports among the records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition

from stream.core.outcome import Step
from stream.engines.transactional.assignment import PartitionAssignment
from stream.engines.transactional.consumer import GroupMember
from stream.jobs.segmenter import Segmenter
from stream.kafka.changelog import RestoredState
from stream.kafka.connection import Connection
from stream.kafka.input_log import InputLog
from stream.kafka.partition_reader import BEGINNING
from stream.kafka.topic_watch import TopicWatch
from stream.runtime.events import ClientWarning, EngineEvent
from stream.wire.state_rebuilder import StateRebuilder
from tests.e2e import scenario


class FakeMessage:
    """An error in place of a record."""

    def __init__(self, code: int, partition: int = 0, offset: int = 0) -> None:
        self._error, self._partition, self._offset = KafkaError(code), partition, offset

    def error(self) -> KafkaError:
        return self._error

    def partition(self) -> int:
        return self._partition

    def offset(self) -> int:
        return self._offset


class FakeConsumer:
    """A consumer that hands out these messages in one poll."""

    def __init__(self, *messages: object) -> None:
        self._messages = list(messages)

    def poll(self, _: float) -> object:
        return self._messages.pop(0)

    def consume(self, *_: object, **__: object) -> list[object]:
        return self._messages

    def close(self) -> None: ...


Taken = tuple[PartitionAssignment[StateRebuilder, Step], list[EngineEvent]]


@pytest.fixture
def taken() -> Iterator[Taken]:
    """An assignment without a broker, and what it reports."""
    job: Segmenter = scenario.replay().segmenter
    told: list[EngineEvent] = []
    connection = Connection("127.0.0.1:1")
    log = InputLog(job, TopicWatch(connection, [job.input_topic], [job.changelog.name]), told.append)
    made = PartitionAssignment(connection, job, GroupMember("g", "one", 6_000), log, told.append)
    yield made, told
    made.close()


def test_a_consumer_that_was_fenced_ends_the_worker(taken: Taken) -> None:
    """Without an end it would own nothing for ever, and look alive: its error does not call itself fatal."""
    assignment, told = taken
    assert not KafkaError(KafkaError._FATAL).fatal()
    with pytest.raises(KafkaException, match="Fatal error"):
        assignment._take(cast(Message, FakeMessage(KafkaError._FATAL)))
    assert told == []


def test_a_partition_that_is_being_restored_begins_where_the_log_has_it_and_is_not_moved_before(
    taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fetch may be under way when the partition is paused: its answer is that the offset is not there."""
    assignment, _ = taken
    followed: list[int] = []
    settled: list[bool] = []
    monkeypatch.setattr(assignment._log, "follow", lambda partition, _: followed.append(partition))
    monkeypatch.setattr(assignment._restorer, "is_open", lambda partition: partition == 0)
    assignment.next_offsets |= {0: 7, 1: 7}
    for partition in (0, 1):
        assignment._take(cast(Message, FakeMessage(KafkaError._AUTO_OFFSET_RESET, partition)))
    assignment.follow_log(lambda: settled.append(not followed))
    assert followed == [1]
    assert settled == [True]  # once, before


@pytest.mark.parametrize(
    ("committed", "in_state", "begins_at"),
    [(BEGINNING, None, None), (BEGINNING, 9, 9), (9, 9, 9), (5, 9, 9), (9, 5, 9), (5, None, 5)],
    ids=["new", "offset expired", "as usual", "old offset of a coordinator", "offset ahead", "no state"],
)
def test_no_record_is_read_that_the_state_already_has(
    taken: Taken, monkeypatch: pytest.MonkeyPatch, committed: int, in_state: int | None, begins_at: int | None
) -> None:
    assignment, _ = taken
    begun: list[int | None] = []

    def begin(_: int, position: int | None, __: str) -> None:
        begun.append(position)

    monkeypatch.setattr(assignment._job, "restore", lambda *_: in_state)
    monkeypatch.setattr(assignment._log, "begin", begin)
    assignment.next_offsets[0] = committed
    assignment._begin(RestoredState(0, assignment._job.state_reader(), ""))
    assert begun == [begins_at]


@pytest.mark.parametrize(
    ("committed", "in_state", "commits"),
    [(5, 9, [9]), (BEGINNING, 9, [9]), (9, 9, []), (9, 5, []), (BEGINNING, None, [])],
)
def test_the_groups_offset_follows_a_state_that_is_ahead(
    taken: Taken, monkeypatch: pytest.MonkeyPatch, committed: int, in_state: int | None, commits: list[int]
) -> None:
    """After a crash between the two, at least once, no further record may come to move it."""
    assignment, _ = taken
    made = list[int]()

    class Consumer(FakeConsumer):
        def commit(self, offsets: list[TopicPartition], asynchronous: bool) -> None:
            made.extend(each.offset for each in offsets)

    assignment.consumer.close()
    assignment.consumer = cast(Any, Consumer())
    monkeypatch.setattr(assignment._job, "restore", lambda *_: in_state)
    monkeypatch.setattr(assignment._job, "seek", lambda *_: None)
    monkeypatch.setattr(assignment._log, "begin", lambda _, position, __: position or 0)
    monkeypatch.setattr(assignment, "_read_from", lambda *_: None)
    state = RestoredState(0, assignment._job.state_reader(), "")
    assignment.next_offsets[0], assignment._read_states[0] = committed, state
    assignment._begin(state)
    assert made == commits


def test_timers_run_between_polls_for_one_record(taken: Taken) -> None:
    """After failed turns a poll is for one record; without records no turn would ever make it more again."""
    assignment, _ = taken
    assignment.caught_up.add(0)
    assert assignment.poll(1, 0.0) == {}
    assert assignment.is_read_to_end(0)


@pytest.mark.parametrize("end_last", [True, False])
def test_a_partition_is_read_to_its_end_if_no_record_follows_the_end(taken: Taken, end_last: bool) -> None:
    assignment, _ = taken
    record = Message("user-events", 0, 7, b"k", b"v", None, None, (0, -1))
    end = FakeMessage(KafkaError._PARTITION_EOF, offset=9 if end_last else 5)
    assignment.consumer.close()
    assignment.consumer = cast(Any, FakeConsumer(*((record, end) if end_last else (end, record))))
    assignment.next_offsets[0] = 5
    assert [each.offset for each in assignment.poll(10, 0.0)[0]] == [7]
    assert assignment.is_read_to_end(0) == end_last
    assert assignment.positions() == {0: 9 if end_last else 8}


def test_an_error_that_the_client_mends_is_a_warning(taken: Taken) -> None:
    assignment, told = taken
    assignment._take(cast(Message, FakeMessage(KafkaError._TRANSPORT)))
    assert [type(event) for event in told] == [ClientWarning]
