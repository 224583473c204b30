"""Errors that the group's consumer reports among the records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest
from confluent_kafka import KafkaError, KafkaException, Message

from stream.core.outcome import Step
from stream.engines.transactional.assignment import PartitionAssignment
from stream.engines.transactional.consumer import GroupMember
from stream.jobs.segmenter import Segmenter
from stream.kafka.connection import Connection
from stream.kafka.input_log import InputLog
from stream.kafka.topic_watch import TopicWatch
from stream.runtime.events import ClientWarning, EngineEvent
from stream.wire.state_rebuilder import StateRebuilder
from tests.e2e import scenario


class FakeMessage:
    """An error in place of a record."""

    def __init__(self, code: int) -> None:
        self._error = KafkaError(code)

    def error(self) -> KafkaError:
        return self._error

    def partition(self) -> int:
        return 0


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


def test_an_error_that_the_client_mends_is_a_warning(taken: Taken) -> None:
    assignment, told = taken
    assignment._take(cast(Message, FakeMessage(KafkaError._TRANSPORT)))
    assert [type(event) for event in told] == [ClientWarning]
