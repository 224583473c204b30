"""Sending the messages of dead letters again, each at most once.

Message and mark are of one transaction. A second redrive at the same time fences the first one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from confluent_kafka import KafkaError, KafkaException, Producer

from stream.kafka.broker_errors import ClientErrors, sentence_of
from stream.kafka.connection import Connection
from stream.kafka.first_contact import existing_topics, told
from stream.kafka.producer import ProduceError
from stream.kafka.reader import reading
from stream.kafka.retry import retry_transient
from stream.wire.records import ProducerRecord
from stream.wire.redriving import Mark, read_mark
from stream.wire.topics import PRODUCED_BYTES_MAX, USER_EVENTS, redriven_letters

_ASK_S = 10.0
_START_S = 30.0  # an open transaction of a killed redrive must end first
_TIMEOUT_MS = 30_000


class Redrive(NamedTuple):
    """A message to send, and the mark of its letter."""

    message: ProducerRecord
    mark: ProducerRecord


def read_marks(connection: Connection, group: str) -> set[Mark]:
    """Return the marks of all letters that were sent again. Raises what `reading` raises."""
    with reading(connection, redriven_letters(group).name) as reader:
        return {mark for mark in (read_mark(read.value) for read in reader.to_end()) if mark}


class Redriver:
    """A transactional producer for one group. Construction ends an open transaction of an earlier redrive.

    Raises BrokerError, TopicsError and ProduceError.
    """

    def __init__(self, connection: Connection, group: str) -> None:
        self._connection, self._group = connection, group
        self._producer = self._opened()

    def send(self, redrives: Sequence[Redrive]) -> Iterator[bool]:
        """Send all in one transaction, and yield for each whether it was sent.

        If one is too large for the topic, each has a transaction of its own, and that one is not sent.
        """
        if self._send(redrives):
            yield from (True for _ in redrives)
        elif len(redrives) == 1:
            yield False
        else:
            for each in redrives:
                yield self._send([each])

    def _opened(self) -> Producer:
        errors = ClientErrors(self._connection)
        producer = Producer(producer_settings(self._connection, self._group, errors))
        topics = (USER_EVENTS, redriven_letters(self._group).name)
        existing_topics(producer, errors, self._connection.namespace, topics)
        _asked(lambda: retry_transient(lambda: producer.init_transactions(_ASK_S), _START_S))
        return producer

    def _send(self, redrives: Sequence[Redrive]) -> bool:
        """Return False after an abort since a message is too large. Raise ProduceError after any other failure."""
        qualify = self._connection.namespace.qualify
        try:
            self._producer.begin_transaction()
            for record in (record for pair in redrives for record in pair):
                self._producer.produce(qualify(record.topic), record.value, record.key, headers=list(record.headers))
            retry_transient(lambda: self._producer.commit_transaction(_ASK_S), _START_S)
        except KafkaException as exception:
            self._abort(exception.args[0])
            return False
        return True

    def _abort(self, error: KafkaError) -> None:
        """End the transaction, and go on with a new producer; raise ProduceError unless a message was too large."""
        if error.code() == KafkaError._FENCED:
            raise ProduceError("another redrive of this group has begun")
        if not error.fatal():
            _asked(lambda: self._producer.abort_transaction(_ASK_S))
        if error.code() != KafkaError.MSG_SIZE_TOO_LARGE:
            raise ProduceError(f"not sent: {sentence_of(error)}")
        self._producer = self._opened()  # the old one fails once more, by its own sequence numbers


def producer_settings(connection: Connection, group: str, errors: ClientErrors) -> dict[str, object]:
    """Return librdkafka's settings of a redrive's producer."""
    return told(connection, errors) | {
        "transactional.id": connection.namespace.qualify(f"{group}-dlq"),
        "transaction.timeout.ms": _TIMEOUT_MS,
        "partitioner": "murmur2_random",  # the partition of the user, as for any producer of events
        "message.max.bytes": PRODUCED_BYTES_MAX,  # the topic's own limit is for compressed batches
        "compression.type": "gzip",  # a large message came in compressed; every engine can read this codec
    }


def _asked(ask: Callable[[], object]) -> None:
    try:
        ask()
    except KafkaException as exception:
        raise ProduceError(f"not sent: {sentence_of(exception.args[0])}") from exception
