"""Sending records, to the partition that Java clients choose for a key; user events at a given rate."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic, sleep

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from stream.kafka.broker_errors import ClientErrors, sentence_of
from stream.kafka.connection import Connection
from stream.kafka.first_contact import existing_topics, told
from stream.wire.records import ProducerRecord
from stream.wire.topics import LARGEST_MESSAGE_BYTES, USER_EVENTS

_FLUSH_S = 10.0


class ProduceError(RuntimeError):
    """Messages were not acknowledged."""


class RecordProducer:
    """A producer to topics of the deployment. `n_sent` counts the records sent, acknowledged or not.

    Raise BrokerError on construction when no broker answers, and TopicsError when one of the `topics` is missing.
    """

    def __init__(self, connection: Connection, *topics: str) -> None:
        self.n_sent = 0
        self._namespace = connection.namespace
        self._failed: KafkaError | None = None
        self._errors = ClientErrors(connection)
        self._producer = Producer(
            told(connection, self._errors)
            | {
                "partitioner": "murmur2_random",  # as Java and kafka-python; the default is CRC32
                "enable.idempotence": True,
                "linger.ms": 5,
                "message.max.bytes": LARGEST_MESSAGE_BYTES,
            }
        )
        existing_topics(self._producer, self._errors, self._namespace, topics)

    def send(self, record: ProducerRecord) -> None:
        """Send one record; wait while the queue is full. Raise ProduceError once a record has failed."""
        topic = self._namespace.qualify(record.topic)
        while True:
            try:
                self._producer.produce(topic, record.value, record.key, on_delivery=self._acknowledged)
                break
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as error:
                raise ProduceError(f"message {self.n_sent + 1}: {sentence_of(error.args[0])}") from error
        self.n_sent += 1
        self._producer.poll(0)
        if self._failed is not None:
            raise ProduceError(f"not acknowledged: {sentence_of(self._failed)}")

    def flush(self) -> None:
        """Wait for every acknowledgement. Raise ProduceError if one is missing."""
        left = self._producer.flush(_FLUSH_S)
        if self._failed is not None:
            raise ProduceError(f"not acknowledged: {sentence_of(self._failed)}")
        if left:
            raise ProduceError(
                f"{left:,} messages are not acknowledged after {_FLUSH_S:.0f} s: {self._errors.sentence()}"
            )

    def _acknowledged(self, error: KafkaError | None, _: Message) -> None:
        if error is not None:
            self._failed = error


class EventProducer:
    """A `RecordProducer` to `user-events`."""

    def __init__(self, connection: Connection) -> None:
        self._producer = RecordProducer(connection, USER_EVENTS)
        self.flush = self._producer.flush

    @property
    def n_sent(self) -> int:
        """Number of messages sent, acknowledged or not."""
        return self._producer.n_sent

    def send(self, key: bytes | None, value: bytes | None) -> None:
        """Send one message, as `RecordProducer.send`."""
        self._producer.send(ProducerRecord(USER_EVENTS, key, value, []))


class Pace:
    """A pace of `rate` events a second; 0 is unlimited."""

    def __init__(
        self, rate: float, clock_s: Callable[[], float] = monotonic, sleep_s: Callable[[float], None] = sleep
    ) -> None:
        self._rate, self._clock_s, self._sleep_s = rate, clock_s, sleep_s
        self._started_s, self._n = clock_s(), 0

    def wait(self) -> None:
        """Wait until the next event is due."""
        self._n += 1
        if self._rate:
            ahead = self._n / self._rate - (self._clock_s() - self._started_s)
            if ahead > 0.005:  # a shorter sleep is less accurate than none
                self._sleep_s(ahead)


def send_all(producer: EventProducer, events: Iterable[tuple[bytes | None, bytes | None]], rate: float) -> None:
    """Send all events in order at the given rate, and wait for the acknowledgements."""
    pace = Pace(rate)
    for key, value in events:
        producer.send(key, value)
        pace.wait()
    producer.flush()
