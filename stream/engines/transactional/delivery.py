"""Delivering batches: changelog records, messages and consumed offsets, in one transaction or at least once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from stream.engines.transactional.outbox import FLUSH_S, Aborted, Outbox, Route, as_kafka_errors, producer_settings
from stream.engines.transactional.watchdog import end_process_after
from stream.kafka.connection import Connection
from stream.kafka.retry import retry_transient
from stream.kafka.undeliverable import REMEDIES, UndeliverableError
from stream.runtime.job import Batch, Result

_START_S = 60.0
_HANGS_S = FLUSH_S + 10.0  # of a call that should return after FLUSH_S


class Delivery(Protocol):
    """A delivery of one job's batches."""

    def start(self) -> None:
        """Connect. With transactions, abort the open one of an earlier worker with the same name."""
        ...

    def begin(self, batches: Sequence[Batch[Result]], consumer: Consumer) -> Callable[[], None]:
        """Return a call that delivers all batches, on any thread, as the member that the consumer is now.

        The call raises Aborted on a failure, UndeliverableError if it would fail at every attempt.
        """
        ...

    def close(self) -> None:
        """Send queued records, and disconnect."""
        ...


class ExactlyOnce:
    """A delivery by one transaction a turn, fenced by the consumer group's generation (KIP-447)."""

    def __init__(self, connection: Connection, route: Route, transactional_id: str, timeout_ms: int) -> None:
        self._route, self._id = route, transactional_id
        own = {"transactional.id": transactional_id, "transaction.timeout.ms": timeout_ms}
        self._outbox = Outbox(route, producer_settings(connection) | own)
        self._producer = self._outbox.producer

    def start(self) -> None:
        """Abort the open transaction of an earlier producer with the same transactional id, and fence the producer."""
        try:
            retry_transient(lambda: self._producer.init_transactions(FLUSH_S), _START_S)
        except KafkaException as exception:
            raise_if_for_good(exception, self._id)
            raise

    def begin(self, batches: Sequence[Batch[Result]], consumer: Consumer) -> Callable[[], None]:
        """Return a call that delivers all batches or none, fenced by the group's generation as of now.

        The call raises Aborted after an abort, UndeliverableError for what the cluster refuses for good, KafkaException
        for a fatal error.
        """
        return partial(self._deliver, batches, consumer.consumer_group_metadata())

    def _deliver(self, batches: Sequence[Batch[Result]], member: object) -> None:
        try:
            with as_kafka_errors():
                self._transact(batches, member)
        except KafkaException as exception:
            error: KafkaError = exception.args[0]
            if not error.fatal():
                self._producer.abort_transaction(FLUSH_S)
            self._outbox.check()
            raise_if_for_good(exception, self._id)
            if error.fatal():
                raise
            raise Aborted(error.str()) from exception

    def close(self) -> None:
        """Flush the producer. No delivery is under way."""
        self._outbox.flush()

    def _transact(self, batches: Sequence[Batch[Result]], member: object) -> None:
        self._producer.begin_transaction()
        self._outbox.send_puts(batches)
        self._outbox.send_messages(batches)
        with end_process_after(_HANGS_S, "send_offsets_to_transaction"):
            self._producer.send_offsets_to_transaction(offsets(self._route, batches), member, FLUSH_S)
        retry_transient(lambda: self._producer.commit_transaction(FLUSH_S), _START_S)


class AtLeastOnce:
    """A delivery of messages, then changelog records, then offsets, each acknowledged before the next.

    A crash in between repeats messages. State that includes a record is never durable before the record's messages.
    """

    def __init__(self, connection: Connection, route: Route) -> None:
        self._route = route
        self._outbox = Outbox(route, producer_settings(connection))

    def start(self) -> None:
        """Return at once: no transaction of an earlier producer can be open."""

    def begin(self, batches: Sequence[Batch[Result]], consumer: Consumer) -> Callable[[], None]:
        """Deliver all batches, and return a call that raises what came of it: Aborted, UndeliverableError or nothing.

        Offsets are committed here: a consumer that commits on one thread and is polled on another one can hang. Aborted
        says that a message was not acknowledged; others may be delivered already.
        """
        try:
            self._deliver(batches, consumer)
        except (Aborted, UndeliverableError, KafkaException) as error:
            return partial(_fail, error)
        return _succeed

    def _deliver(self, batches: Sequence[Batch[Result]], consumer: Consumer) -> None:
        self._send(self._outbox.send_messages, batches)
        self._send(self._outbox.send_puts, batches)
        try:
            consumer.commit(offsets=offsets(self._route, batches), asynchronous=False)
        except KafkaException as exception:
            raise_if_for_good(exception, self._route.namespace.qualify(self._route.input_topic))
            raise Aborted(exception.args[0].str()) from exception

    def close(self) -> None:
        """Flush the producer."""
        self._outbox.flush()

    def _send(self, enqueue: Callable[[Sequence[Batch[Result]]], None], batches: Sequence[Batch[Result]]) -> None:
        try:
            with as_kafka_errors():
                enqueue(batches)
        except KafkaException as exception:
            if exception.args[0].fatal():
                raise
        left = self._outbox.flush()
        self._outbox.check()
        if left:
            raise Aborted(f"{left} messages unacknowledged")


def _succeed() -> None:
    """Return at once: the delivery is over."""


def _fail(error: Exception) -> None:
    raise error


def offsets(route: Route, batches: Sequence[Batch[Result]]) -> list[TopicPartition]:
    """Return the offsets to commit."""
    topic = route.namespace.qualify(route.input_topic)
    return [TopicPartition(topic, b.partition, b.next_offset) for b in batches if b.next_offset is not None]


def raise_if_for_good(exception: KafkaException, name: str) -> None:
    """Raise UndeliverableError if the cluster refuses offsets, or the id of transactions, at every attempt."""
    error: KafkaError = exception.args[0]
    if error.code() in REMEDIES:
        raise UndeliverableError(name, error.code(), error.str()) from exception
