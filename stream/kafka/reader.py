"""Reading one of Segue's own topics of one partition with kafka-python: committed records only, no group."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from stream.kafka.admin import TopicsError
from stream.kafka.connection import Connection

_BOOTSTRAP_MS = 10_000
_POLL_MS = 200


class Read(NamedTuple):
    """A record as it lies on `topic`; `value` None is a tombstone."""

    topic: str
    key: bytes | None
    value: bytes | None


class TopicReader:
    """Stands in the topics it was opened on, and goes on from there."""

    def __init__(self, consumer: KafkaConsumer, partitions: list[TopicPartition]) -> None:
        self._consumer, self._partitions = consumer, partitions

    def to_end(self) -> Iterator[Read]:
        """Every record up to the end as it is now, topic by topic in order."""
        ends = self._consumer.end_offsets(self._partitions)
        while any(self._consumer.position(p) < ends[p] for p in self._partitions):
            yield from self.poll()

    def poll(self) -> list[Read]:
        """What has come; waits a moment for it."""
        found = self._consumer.poll(timeout_ms=_POLL_MS)
        return [Read(r.topic, r.key, r.value) for records in found.values() for r in records]


@contextmanager
def reading(connection: Connection, *topics: str, from_now_on: bool = False) -> Iterator[TopicReader]:
    """A reader at the beginning of the topics, or at their end. Raises TopicsError when no broker answers, a topic is
    missing, or the broker goes away."""
    try:
        consumer = KafkaConsumer(
            **connection.kafka_python(),
            isolation_level="read_committed",
            enable_auto_commit=False,
            group_id=None,
            allow_auto_create_topics=False,
            bootstrap_timeout_ms=_BOOTSTRAP_MS,
        )
    except KafkaError as error:
        raise TopicsError(
            f"no Kafka broker answers at {connection.bootstrap_servers} (SEGUE_BOOTSTRAP_SERVERS): {error}"
        ) from error
    try:
        yield TopicReader(consumer, _positioned(consumer, topics, from_now_on))
    except KafkaError as error:
        raise TopicsError(f"Kafka at {connection.bootstrap_servers}: {error}") from error
    finally:
        consumer.close()


def _positioned(consumer: KafkaConsumer, topics: tuple[str, ...], from_now_on: bool) -> list[TopicPartition]:
    """The topics' partitions, assigned, with their positions fetched: what comes after this call is not missed."""
    if missing := [topic for topic in topics if not consumer.partitions_for_topic(topic)]:
        raise TopicsError(f"topics are missing: {', '.join(missing)}; run `segue topics create`")
    partitions = [TopicPartition(topic, 0) for topic in topics]
    consumer.assign(partitions)
    place = consumer.seek_to_end if from_now_on else consumer.seek_to_beginning
    place(*partitions)
    for partition in partitions:
        consumer.position(partition)
    return partitions
