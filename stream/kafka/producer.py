"""Sending user events at a given rate, to the partition that Java clients choose for a key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic, sleep

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from stream.kafka.connection import Connection
from stream.wire.topics import LARGEST_MESSAGE_BYTES, USER_EVENTS

_FLUSH_S = 30.0
_BROKER_S = 3.0  # a broker that is there answers in less, also through TLS
_SETTLE_S, _AGAIN_S = 2.0, 0.2


class ProduceError(RuntimeError):
    """Messages were not acknowledged."""


class EventProducer:
    """A producer to `user-events`. `n_sent` counts the messages sent, acknowledged or not."""

    def __init__(self, connection: Connection) -> None:
        self.n_sent = 0
        self._servers = connection.bootstrap_servers
        self._topic = connection.namespace.qualify(USER_EVENTS)
        self._failed: KafkaError | None = None
        self._producer = Producer(
            connection.confluent()
            | {
                "partitioner": "murmur2_random",  # as Java and kafka-python; the default is CRC32
                "enable.idempotence": True,
                "linger.ms": 5,
                "message.max.bytes": LARGEST_MESSAGE_BYTES,
            }
        )

    def check_topic(self) -> None:
        """Raise ProduceError unless a broker answers and has the topic; a topic made just now is waited for."""
        deadline_s = monotonic() + _SETTLE_S
        while True:
            try:
                topics = self._producer.list_topics(timeout=_BROKER_S).topics
            except KafkaException as error:
                raise ProduceError(
                    f"no Kafka broker answers at {self._servers} (SEGUE_BOOTSTRAP_SERVERS); "
                    f"`segue kafka` starts one here ({error.args[0].str()})"
                ) from error
            if self._topic in topics:
                return
            if monotonic() > deadline_s:
                raise ProduceError(f"there is no topic {self._topic}; run `segue topics create`")
            sleep(_AGAIN_S)

    def send(self, key: bytes | None, value: bytes | None) -> None:
        """Send one message; wait while the queue is full. Raise ProduceError once a message has failed."""
        while True:
            try:
                self._producer.produce(self._topic, value, key, on_delivery=self._acknowledged)
                break
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as error:
                raise ProduceError(f"message {self.n_sent + 1} cannot be sent: {error.args[0].str()}") from error
        self.n_sent += 1
        self._producer.poll(0)
        if self._failed is not None:
            raise ProduceError(f"not acknowledged: {self._failed.str()}")

    def flush(self) -> None:
        """Wait for every acknowledgement. Raise ProduceError if one is missing."""
        left = self._producer.flush(_FLUSH_S)
        if left or self._failed is not None:
            reason = self._failed.str() if self._failed else f"{left} messages after {_FLUSH_S:.0f} s"
            raise ProduceError(f"not acknowledged: {reason}; is the broker up? (SEGUE_BOOTSTRAP_SERVERS)")

    def _acknowledged(self, error: KafkaError | None, _: Message) -> None:
        if error is not None:
            self._failed = error


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
