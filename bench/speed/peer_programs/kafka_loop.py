"""Consumer and producer of the hand-written loops, with Segue's settings of librdkafka that matter for speed."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from bench.speed.peer_programs.task import Task, segment_name

BATCH = 1_000


class Purchase(msgspec.Struct, frozen=True):
    """An event, with the fields that a loop reads."""

    user_id: str
    timestamp: int
    text: str


decoder = msgspec.json.Decoder(Purchase)


@contextmanager
def consumer_of(task: Task) -> Iterator[Consumer]:
    """Yield a consumer of the task's group; the loop commits. SIGTERM ends the loop, and the consumer leaves."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    consumer = Consumer(
        {
            "bootstrap.servers": task.bootstrap_servers,
            "group.id": task.group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "fetch.queue.backoff.ms": 5,
        }
    )
    try:
        yield consumer
    finally:
        consumer.close()


def producer_of(task: Task) -> Producer:
    """Return a producer, transactional if the task is exactly-once."""
    own = {"transactional.id": task.group} if task.exactly_once else {"enable.idempotence": True}
    return Producer(
        {
            "bootstrap.servers": task.bootstrap_servers,
            "linger.ms": 2,
            "retry.backoff.ms": 5,  # by default the next transaction waits 100 ms for the end of the last one
            **own,
        }
    )


def offsets_of(consumer: Consumer) -> list[TopicPartition]:
    """Return the offsets after the consumed records. A commit without them may include what is consumed meanwhile."""
    return [at for at in consumer.position(consumer.assignment()) if at.offset >= 0]


def values_of(messages: list[Message]) -> list[bytes]:
    """Return the values of messages. Raises KafkaException for an error."""
    for message in messages:
        error = message.error()
        if error is not None and error.code() != KafkaError._PARTITION_EOF:
            raise KafkaException(error)
    return [value for message in messages if (value := message.value()) is not None and message.error() is None]


def send_change(producer: Producer, task: Task, user: str, before: int | None, after: int, time_ms: int) -> None:
    """Enqueue a change of segment."""
    change = {
        "user": user,
        "from": None if before is None else segment_name(before),
        "to": segment_name(after),
        "time_ms": time_ms,
    }
    producer.produce(task.changes, msgspec.json.encode(change), user.encode())
