"""A loop with one `predict` a micro-batch: `python -m bench.speed.peer_programs.predict_loop FOLDER GROUP`.

Each touched user is decided once in a micro-batch, on the window at its end. Exactly-once, the windows go to a
compacted changelog in the transaction of changes and offsets, and are read from it at a start. At least once, there is
no changelog, and a restart loses the windows.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import msgspec
import numpy as np
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer, TopicPartition
from sklearn.cluster import KMeans

from bench.speed.peer_programs.kafka_loop import (
    BATCH,
    Purchase,
    consumer_of,
    decoder,
    offsets_of,
    producer_of,
    send_change,
    values_of,
)
from bench.speed.peer_programs.task import Known, Task, Vectors


@dataclass(slots=True)
class User:
    """Window and segment of a user. The window has the rows of its texts."""

    rows: deque[int]
    segment: int | None = None
    time_ms: int = 0


@dataclass(slots=True)
class Segmenter:
    """A segmenter: all users, and a k-means with the given centroids."""

    known: Known
    window_items: int
    users: dict[str, User] = field(default_factory=dict)
    numbers: dict[str, int] = field(init=False)
    kmeans: KMeans = field(init=False)

    def __post_init__(self) -> None:
        self.numbers = self.known.numbers()
        self.kmeans = kmeans_of(self.known.centroids)

    def new_user(self, rows: Iterable[int] = ()) -> User:
        """Return a user with these items."""
        return User(deque(rows, maxlen=self.window_items))

    def take(self, events: Iterable[Purchase]) -> dict[str, User]:
        """Put events into windows, and return the users they touched."""
        touched: dict[str, User] = {}
        for event in events:
            name = event.user_id
            user = touched.get(name) or self.users.get(name)
            if user is None:
                user = self.users[name] = self.new_user()
            touched[name] = user
            user.rows.append(self.numbers[event.text])
            user.time_ms = event.timestamp
        return touched

    def nearest(self, touched: dict[str, User]) -> list[int]:
        """Return the segment of each touched user."""
        lengths = [len(user.rows) for user in touched.values()]
        rows = np.fromiter(chain.from_iterable(user.rows for user in touched.values()), np.intp, sum(lengths))
        starts = np.cumsum([0, *lengths[:-1]])
        sums = np.add.reduceat(self.known.vectors[rows], starts, axis=0)
        found: list[int] = self.kmeans.predict(sums / np.array(lengths, np.float32)[:, None]).tolist()
        return found


def kmeans_of(centroids: Vectors) -> KMeans:
    """Return a k-means with exactly these centroids."""
    return KMeans(len(centroids), init=centroids, n_init=1, max_iter=1).fit(centroids)


def run(task: Task, known: Known, consumer: Consumer) -> None:
    """Consume until the process ends."""
    producer = producer_of(task)
    segmenter = Segmenter(known, task.window_items)
    if task.exactly_once:
        producer.init_transactions()
        consumer.subscribe([task.events], on_assign=lambda _, owned: restore(task, segmenter, owned))
    else:
        consumer.subscribe([task.events])
    while True:
        values = values_of(consumer.consume(BATCH, timeout=0.05))
        if not values:
            continue
        touched = segmenter.take(map(decoder.decode, values))
        if task.exactly_once:
            producer.begin_transaction()
        send_changes(producer, task, touched, segmenter.nearest(touched))
        if task.exactly_once:
            for name, user in touched.items():
                producer.produce(task.changelog, msgspec.msgpack.encode((user.segment, list(user.rows))), name.encode())
            producer.send_offsets_to_transaction(offsets_of(consumer), consumer.consumer_group_metadata())
            producer.commit_transaction()
        else:
            producer.flush()
            consumer.commit(offsets=offsets_of(consumer), asynchronous=True)


def send_changes(producer: Producer, task: Task, touched: dict[str, User], nearest: list[int]) -> None:
    """Enqueue the changes of segment, and keep the new segments."""
    for (name, user), segment in zip(touched.items(), nearest, strict=True):
        if segment != user.segment:
            send_change(producer, task, name, user.segment, segment, user.time_ms)
            user.segment = segment


def restore(task: Task, segmenter: Segmenter, owned: list[TopicPartition]) -> None:
    """Read the windows of the owned partitions from the changelog."""
    for name, value in changelog_records(task, [partition.partition for partition in owned]):
        segment, rows = msgspec.msgpack.decode(value)
        segmenter.users[name] = segmenter.new_user(rows)
        segmenter.users[name].segment = segment


def changelog_records(task: Task, partitions: list[int]) -> Iterator[tuple[str, bytes]]:
    """Yield the records of these partitions up to the end."""
    settings = {"bootstrap.servers": task.bootstrap_servers, "group.id": f"{task.group}-restore"}
    consumer = Consumer(settings | {"enable.auto.commit": False, "enable.partition.eof": True})
    consumer.assign([TopicPartition(task.changelog, p, OFFSET_BEGINNING) for p in partitions])
    left = set(partitions)
    while left:
        for message in consumer.consume(10_000, timeout=0.2):
            error = message.error()
            if error is None:
                yield (message.key() or b"").decode(), message.value() or b""
            elif error.code() == KafkaError._PARTITION_EOF:
                left.discard(message.partition())
            else:
                raise KafkaException(error)
    consumer.close()


if __name__ == "__main__":
    task = Task.read(Path(sys.argv[1]), sys.argv[2])
    with consumer_of(task) as consumer:
        run(task, Known.read(Path(sys.argv[1])), consumer)
