"""Reading topics for the command line, with kafka-python: committed records only, no consumer group."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from stream.kafka.admin import TopicsError, no_broker
from stream.kafka.connection import Connection
from stream.kafka.namespace import Namespace

_BOOTSTRAP_MS = 10_000
_POLL_MS = 200


class Read(NamedTuple):
    """A record of `topic`, by local name; `value` None is a tombstone."""

    topic: str
    key: bytes | None
    value: bytes | None


class TopicReader:
    """A position in the opened topics."""

    def __init__(self, consumer: KafkaConsumer, partitions: list[TopicPartition], namespace: Namespace) -> None:
        self._consumer, self._partitions, self._namespace = consumer, partitions, namespace

    def to_end(self) -> Iterator[Read]:
        """Read every record up to the present end, each partition in order."""
        ends = self._consumer.end_offsets(self._partitions)
        while any(self._consumer.position(p) < ends[p] for p in self._partitions):
            yield from self.poll()

    def poll(self) -> list[Read]:
        """Return new records, or records arriving within 0.2 s."""
        found = self._consumer.poll(timeout_ms=_POLL_MS)
        return [Read(self._namespace.localize(r.topic), r.key, r.value) for records in found.values() for r in records]


@contextmanager
def reading(connection: Connection, *topics: str, from_now_on: bool = False) -> Iterator[TopicReader]:
    """Open a reader at the beginning of the topics, or at the end.

    Raise TopicsError when no broker answers, a topic is missing, or the broker goes away.
    """
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
        raise no_broker(connection, error) from error
    try:
        qualified = [connection.namespace.qualify(topic) for topic in topics]
        yield TopicReader(consumer, _positioned(consumer, qualified, from_now_on), connection.namespace)
    except KafkaError as error:
        raise TopicsError(f"Kafka at {connection.bootstrap_servers}: {error}") from error
    finally:
        consumer.close()


def _positioned(consumer: KafkaConsumer, topics: list[str], from_now_on: bool) -> list[TopicPartition]:
    """Assign all partitions of the topics and fetch the positions, so no later record is missed."""
    known = {topic: consumer.partitions_for_topic(topic) or set() for topic in topics}
    if missing := [topic for topic, partitions in known.items() if not partitions]:
        raise TopicsError(f"topics are missing: {', '.join(missing)}; run `segue topics create`")
    partitions = [TopicPartition(topic, p) for topic in topics for p in sorted(known[topic])]
    consumer.assign(partitions)
    seek = consumer.seek_to_end if from_now_on else consumer.seek_to_beginning
    seek(*partitions)
    for partition in partitions:
        consumer.position(partition)
    return partitions
