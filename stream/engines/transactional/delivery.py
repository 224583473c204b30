"""Delivering batches: changelog puts, messages and consumed offsets, in one transaction or at least once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from stream.kafka.connection import Connection
from stream.kafka.retry import retry_transient
from stream.runtime.job import Batch, Result
from stream.wire.topics import PRODUCED_BYTES_MAX

_QUEUE_MESSAGES = 1_000_000  # librdkafka's producer queue; a batch must fit
_FLUSH_S = 30.0
_START_S = 60.0


OnDelivery = Callable[[KafkaError | None, Message], None]


@dataclass(frozen=True, slots=True)
class Route:
    """The topics of one job."""

    input_topic: str
    changelog: str


class Aborted(Exception):  # noqa: N818  an outcome the loop handles, not an error of ours
    """The batches did not happen; records come again from the last committed offsets."""


class Delivery(Protocol):
    """Delivers batches of one job."""

    def start(self) -> None:
        """Connect; with transactions, abort what a predecessor of the same name left open."""
        ...

    def deliver(self, batches: Sequence[Batch[Result]], consumer: Consumer) -> None:
        """All of the batches or, with Aborted, none."""
        ...

    def close(self) -> None:
        """Leave nothing half sent."""
        ...


def producer_settings(connection: Connection) -> dict[str, object]:
    """What both ways of delivery share."""
    return connection.confluent() | {
        "enable.idempotence": True,
        "partitioner": "murmur2_random",  # as Java clients: people are in the same partition of every topic
        "linger.ms": 2,
        "queue.buffering.max.messages": _QUEUE_MESSAGES,
        "queue.buffering.max.kbytes": 1_000_000,
        "message.max.bytes": PRODUCED_BYTES_MAX,  # dead letters: a topic's own limit is what counts elsewhere
    }


class ExactlyOnce:
    """One transaction for each turn of the loop, fenced by the consumer group's generation (KIP-447)."""

    def __init__(self, connection: Connection, route: Route, transactional_id: str, timeout_ms: int) -> None:
        self._route = route
        self._producer = Producer(
            producer_settings(connection) | {"transactional.id": transactional_id, "transaction.timeout.ms": timeout_ms}
        )

    def start(self) -> None:
        """Fence and abort a predecessor with the same transactional id."""
        retry_transient(lambda: self._producer.init_transactions(_FLUSH_S), _START_S)

    def deliver(self, batches: Sequence[Batch[Result]], consumer: Consumer) -> None:
        """Raises Aborted after an abort, KafkaException when the producer is beyond repair."""
        try:
            self._producer.begin_transaction()
            send_puts(self._producer, self._route, batches)
            send_messages(self._producer, batches)
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
        """Nothing is open between turns."""
        self._producer.flush(_FLUSH_S)


class AtLeastOnce:
    """Messages, then puts, then offsets, each acknowledged before the next. A crash in between repeats messages: the
    state that knows the records comes after what was said of them."""

    def __init__(self, connection: Connection, route: Route) -> None:
        self._route = route
        self._failed: list[KafkaError] = []
        self._producer = Producer(producer_settings(connection))

    def start(self) -> None:
        """Nothing to fence."""

    def deliver(self, batches: Sequence[Batch[Result]], consumer: Consumer) -> None:
        """Raises Aborted when a message was not acknowledged; some of the others may be out already."""
        send_messages(self._producer, batches, self._acknowledged)
        self._flush()
        send_puts(self._producer, self._route, batches, self._acknowledged)
        self._flush()
        try:
            consumer.commit(offsets=offsets(self._route, batches), asynchronous=False)
        except KafkaException as exception:
            raise Aborted(exception.args[0].str()) from exception

    def _flush(self) -> None:
        left = self._producer.flush(_FLUSH_S)
        if left or self._failed:
            reason = self._failed[0].str() if self._failed else f"{left} messages unacknowledged"
            self._failed.clear()
            raise Aborted(reason)

    def close(self) -> None:
        """Nothing is open between turns."""
        self._producer.flush(_FLUSH_S)

    def _acknowledged(self, error: KafkaError | None, _: Message) -> None:
        if error is not None:
            self._failed.append(error)


def offsets(route: Route, batches: Sequence[Batch[Result]]) -> list[TopicPartition]:
    """Where consumption goes on after the batches."""
    return [TopicPartition(route.input_topic, b.partition, b.next_offset) for b in batches if b.next_offset is not None]


def send_puts(
    producer: Producer, route: Route, batches: Sequence[Batch[Result]], on_delivery: OnDelivery | None = None
) -> None:
    """Hand every put to the producer; state stays in the partition its records came from."""
    for batch in batches:
        for put in batch.puts:
            _produce(
                producer, route.changelog, put.value, key=put.key, partition=batch.partition, on_delivery=on_delivery
            )
        producer.poll(0)


def send_messages(producer: Producer, batches: Sequence[Batch[Result]], on_delivery: OnDelivery | None = None) -> None:
    """Hand every message to the producer."""
    for batch in batches:
        for message in batch.messages:
            _produce(
                producer,
                message.topic,
                message.value,
                key=message.key,
                headers=message.headers,
                on_delivery=on_delivery,
            )
        producer.poll(0)


def _produce(producer: Producer, topic: str, value: bytes | None, **options: Any) -> None:
    while True:
        try:
            producer.produce(topic, value, **options)
            return
        except BufferError:  # the queue is full: let it drain
            producer.poll(0.1)
