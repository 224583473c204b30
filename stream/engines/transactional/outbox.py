"""Records on their way to the cluster in one turn, and what became of those that were refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from stream.kafka.connection import Connection
from stream.kafka.letter_size import LetterSize
from stream.kafka.namespace import Namespace
from stream.kafka.undeliverable import REMEDIES, TOO_LARGE, UndeliverableError
from stream.runtime.job import Batch, Result
from stream.wire.dead_letters import framed_bytes
from stream.wire.records import ProducerRecord
from stream.wire.topics import DEAD_LETTERS, PRODUCED_BYTES_MAX

FLUSH_S = 30.0
_QUEUE_MESSAGES = 1_000_000  # librdkafka's producer queue; a batch must fit
_BATCH_BYTES = 1_000_000  # librdkafka's default: the size up to which it puts several records into one batch
BY_KEY = -1  # librdkafka's RD_KAFKA_PARTITION_UA: the producer's partitioner decides


@dataclass(frozen=True, slots=True)
class Route:
    """A job's input topic and changelog, by local name, and the namespace of every topic."""

    namespace: Namespace
    input_topic: str
    changelog: str


class Aborted(Exception):  # noqa: N818  an outcome that the loop handles, not an error
    """Batches were not delivered; the records come again from the last committed offsets."""


@contextmanager
def as_kafka_errors() -> Iterator[None]:
    """Let calls that serve delivery reports raise KafkaException.

    A fatal error of the client is set as the exception of such a call. The next report in the same call makes a
    SystemError of it, with the error as its cause.
    """
    try:
        yield
    except SystemError as error:
        if isinstance(error.__cause__, KafkaException):
            raise error.__cause__ from None
        raise


@dataclass(frozen=True, slots=True)
class _Refused:
    topic: str
    n_bytes: int
    error: KafkaError

    @property
    def for_good(self) -> bool:
        return self.error.code() in REMEDIES


class Outbox:
    """A producer of one job's records. Dead letters are cut to what their topic takes."""

    def __init__(
        self, route: Route, settings: Mapping[str, object], connect: Callable[[dict[str, object]], Producer] = Producer
    ) -> None:
        self.producer = connect({**settings, "on_delivery": self._reported, "delivery.report.only.error": True})
        self._route = route
        self._letters, self._letter_bytes = LetterSize(), 0
        self._refused: _Refused | None = None

    def send_puts(self, batches: Sequence[Batch[Result]]) -> None:
        """Enqueue every changelog record, for the partition of the batch."""
        topic = self._route.namespace.qualify(self._route.changelog)
        for batch in batches:
            self._produce_all(topic, batch.partition, [{"key": put.key, "value": put.value} for put in batch.puts])
            self.producer.poll(0)

    def send_messages(self, batches: Sequence[Batch[Result]]) -> None:
        """Enqueue every message."""
        for batch in batches:
            for message in map(self._letters.fit, batch.messages):
                self._keep_letters_apart(message)
                self._produce(
                    self._route.namespace.qualify(message.topic),
                    message.value,
                    key=message.key,
                    headers=message.headers,
                    partition=BY_KEY if message.partition is None else message.partition,
                )
            self.producer.poll(0)

    def flush(self) -> int:
        """Wait for acknowledgements; return the number of records without one."""
        with as_kafka_errors():
            return self.producer.flush(FLUSH_S)

    def check(self) -> None:
        """Raise Aborted if a record was refused in this turn, UndeliverableError if it would be at every attempt."""
        refused, self._refused = self._refused, None
        if refused is None:
            return
        is_letter = refused.topic == self._route.namespace.qualify(DEAD_LETTERS)
        if is_letter and refused.error.code() == TOO_LARGE and self._letters.halve():
            raise Aborted(f"{refused.topic} refuses {refused.n_bytes} bytes: now cut to {self._letters.bytes_max}")
        if refused.for_good:
            said = refused.error.str()
            raise UndeliverableError(refused.topic, refused.error.code(), said, refused.n_bytes)
        raise Aborted(f"{refused.topic}: {refused.error.str()}")

    def _keep_letters_apart(self, message: ProducerRecord) -> None:
        """Wait before a letter that would not fit into one batch with those before: a topic's limit is on batches."""
        if message.topic != DEAD_LETTERS or self._letters.bytes_max >= _BATCH_BYTES:
            return
        n_bytes = framed_bytes(message)
        if self._letter_bytes + n_bytes > self._letters.bytes_max:
            self.flush()
            self._letter_bytes = 0
        self._letter_bytes += n_bytes

    def _produce(self, topic: str, value: bytes | None, **options: Any) -> None:
        while True:
            try:
                self.producer.produce(topic, value, **options)
                return
            except BufferError:  # the queue is full: wait until it drains
                self.producer.poll(0.1)
            except KafkaException as exception:
                self._refuse(_Refused(topic, len(options["key"] or b"") + len(value or b""), exception.args[0]))
                raise

    def _produce_all(self, topic: str, partition: int, records: list[dict[str, Any]]) -> None:
        """Enqueue records without headers, in order: one call of the client costs half as much as one for each."""
        while self.producer.produce_batch(topic, records, partition=partition) < len(records):
            records = [record for record in records if "_error" in record]  # all after the first for a full queue
            for record in records:
                error: KafkaError = record.pop("_error")
                if error.code() != KafkaError._QUEUE_FULL:
                    self._refuse(_Refused(topic, len(record["key"]) + len(record["value"] or b""), error))
                    raise KafkaException(error)
            self.producer.poll(0.1)

    def _reported(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            n_bytes = len(message.key() or b"") + len(message.value() or b"")
            self._refuse(_Refused(message.topic() or "", n_bytes, error))

    def _refuse(self, refused: _Refused) -> None:
        """Keep the first record refused for good, else the first: later ones fail because of it."""
        if self._refused is None or (refused.for_good and not self._refused.for_good):
            self._refused = refused


def producer_settings(connection: Connection) -> dict[str, object]:
    """Return librdkafka's settings for both guarantees."""
    return connection.confluent() | {
        "enable.idempotence": True,
        "partitioner": "murmur2_random",  # as Java clients: a user is in the same partition of every topic
        "linger.ms": 2,
        "retry.backoff.ms": 1,  # 100 by default, which a transaction right after another one waits; doubled each time
        "queue.buffering.max.messages": _QUEUE_MESSAGES,
        "queue.buffering.max.kbytes": 1_000_000,
        "message.max.bytes": PRODUCED_BYTES_MAX,  # for dead letters; other topics have a limit of their own
    }
