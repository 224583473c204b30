"""Delivering batches: changelog records, messages and consumed offsets, in one transaction or at least once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from stream.kafka.connection import Connection
from stream.kafka.namespace import Namespace
from stream.kafka.retry import retry_transient
from stream.runtime.job import Batch, Result
from stream.wire.topics import PRODUCED_BYTES_MAX

PARTITION_BY_KEY = -1  # librdkafka's RD_KAFKA_PARTITION_UA
_QUEUE_MESSAGES = 1_000_000  # librdkafka's producer queue; a batch must fit
_FLUSH_S = 30.0
_START_S = 60.0


OnDelivery = Callable[[KafkaError | None, Message], None]


@dataclass(frozen=True, slots=True)
class Route:
    """A job's input topic and changelog, by local name, and the namespace of every topic."""

    namespace: Namespace
    input_topic: str
    changelog: str


class Aborted(Exception):  # noqa: N818  an outcome that the loop handles, not an error
    """Batches were not delivered; the records come again from the last committed offsets."""


class Delivery(Protocol):
    """A delivery of one job's batches."""

    def start(self) -> None:
        """Connect. With transactions, abort the open one of an earlier worker with the same name."""
        ...

    def deliver(self, batches: Sequence[Batch[Result]], consumer: Consumer) -> None:
        """Deliver all batches. Raise Aborted on a failure."""
        ...

    def close(self) -> None:
        """Send queued records, and disconnect."""
        ...


def producer_settings(connection: Connection) -> dict[str, object]:
    """Return librdkafka's settings for both guarantees."""
    return connection.confluent() | {
        "enable.idempotence": True,
        "partitioner": "murmur2_random",  # as Java clients: a user is in the same partition of every topic
        "linger.ms": 2,
        "queue.buffering.max.messages": _QUEUE_MESSAGES,
        "queue.buffering.max.kbytes": 1_000_000,
        "message.max.bytes": PRODUCED_BYTES_MAX,  # for dead letters; other topics have a limit of their own
    }


class ExactlyOnce:
    """A delivery by one transaction a turn, fenced by the consumer group's generation (KIP-447)."""

    def __init__(self, connection: Connection, route: Route, transactional_id: str, timeout_ms: int) -> None:
        self._route = route
        self._producer = Producer(
            producer_settings(connection) | {"transactional.id": transactional_id, "transaction.timeout.ms": timeout_ms}
        )

    def start(self) -> None:
        """Abort the open transaction of an earlier producer with the same transactional id, and fence the producer."""
        retry_transient(lambda: self._producer.init_transactions(_FLUSH_S), _START_S)

    def deliver(self, batches: Sequence[Batch[Result]], consumer: Consumer) -> None:
        """Deliver all batches or none. Raise Aborted after an abort, KafkaException for a fatal error."""
        try:
            self._producer.begin_transaction()
            send_puts(self._producer, self._route, batches)
            send_messages(self._producer, self._route, batches)
            self._producer.send_offsets_to_transaction(
                offsets(self._route, batches), consumer.consumer_group_metadata(), _FLUSH_S
            )
            retry_transient(lambda: self._producer.commit_transaction(_FLUSH_S), _START_S)
        except KafkaException as exception:
            error: KafkaError = exception.args[0]
            if error.fatal():
                raise
            self._producer.abort_transaction(_FLUSH_S)
            raise Aborted(error.str()) from exception

    def close(self) -> None:
        """Flush the producer. No transaction is open between turns."""
        self._producer.flush(_FLUSH_S)


class AtLeastOnce:
    """A delivery of messages, then changelog records, then offsets, each acknowledged before the next.

    A crash in between repeats messages. State that includes a record is never durable before the record's messages.
    """

    def __init__(self, connection: Connection, route: Route) -> None:
        self._route = route
        self._failed: list[KafkaError] = []
        self._producer = Producer(producer_settings(connection))

    def start(self) -> None:
        """Return at once: no transaction of an earlier producer can be open."""

    def deliver(self, batches: Sequence[Batch[Result]], consumer: Consumer) -> None:
        """Deliver all batches. Raise Aborted when a message was not acknowledged; others may be delivered already."""
        send_messages(self._producer, self._route, batches, self._acknowledged)
        self._flush()
        send_puts(self._producer, self._route, batches, self._acknowledged)
        self._flush()
        try:
            consumer.commit(offsets=offsets(self._route, batches), asynchronous=False)
        except KafkaException as exception:
            raise Aborted(exception.args[0].str()) from exception

    def close(self) -> None:
        """Flush the producer."""
        self._producer.flush(_FLUSH_S)

    def _flush(self) -> None:
        left = self._producer.flush(_FLUSH_S)
        if left or self._failed:
            reason = self._failed[0].str() if self._failed else f"{left} messages unacknowledged"
            self._failed.clear()
            raise Aborted(reason)

    def _acknowledged(self, error: KafkaError | None, _: Message) -> None:
        if error is not None:
            self._failed.append(error)


def offsets(route: Route, batches: Sequence[Batch[Result]]) -> list[TopicPartition]:
    """Return the offsets to commit."""
    topic = route.namespace.qualify(route.input_topic)
    return [TopicPartition(topic, b.partition, b.next_offset) for b in batches if b.next_offset is not None]


def send_puts(
    producer: Producer, route: Route, batches: Sequence[Batch[Result]], on_delivery: OnDelivery | None = None
) -> None:
    """Enqueue every changelog record, for the partition of the batch."""
    topic = route.namespace.qualify(route.changelog)
    for batch in batches:
        for put in batch.puts:
            _produce(producer, topic, put.value, key=put.key, partition=batch.partition, on_delivery=on_delivery)
        producer.poll(0)


def send_messages(
    producer: Producer, route: Route, batches: Sequence[Batch[Result]], on_delivery: OnDelivery | None = None
) -> None:
    """Enqueue every message."""
    for batch in batches:
        for message in batch.messages:
            _produce(
                producer,
                route.namespace.qualify(message.topic),
                message.value,
                key=message.key,
                headers=message.headers,
                partition=PARTITION_BY_KEY if message.partition is None else message.partition,
                on_delivery=on_delivery,
            )
        producer.poll(0)


def _produce(producer: Producer, topic: str, value: bytes | None, **options: Any) -> None:
    while True:
        try:
            producer.produce(topic, value, **options)
            return
        except BufferError:  # the queue is full: wait until it drains
            producer.poll(0.1)
