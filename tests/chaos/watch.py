"""The committed offsets of the segmenter's group, read again and again, whatever state the brokers are in."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Event as Flag
from threading import Thread
from time import monotonic

from confluent_kafka import Consumer, KafkaException, TopicPartition

from stream.kafka.connection import Connection
from stream.wire.topics import USER_EVENTS
from tests.e2e.deployment import GROUP

LOOK_S, ANSWER_S = 0.1, 3.0


class Watch(Thread):
    """Offsets by partition, the newest in `offsets`; `marks` are times when certain offsets were reached."""

    def __init__(self, connection: Connection, n_partitions: int) -> None:
        super().__init__(daemon=True)
        self.offsets = dict.fromkeys(range(n_partitions), 0)
        self._marks: list[tuple[dict[int, int], list[float]]] = []
        self._topic = connection.namespace.qualify(USER_EVENTS)
        self._finish = Flag()
        group = connection.namespace.qualify(f"{GROUP}-segment")
        # looking must not wait for open transactions
        self._consumer = Consumer(
            connection.confluent() | {"group.id": group, "isolation.level": "read_uncommitted", "log_level": 0}
        )

    def run(self) -> None:
        """Look until finished."""
        asked = [TopicPartition(self._topic, partition) for partition in self.offsets]
        while not self._finish.wait(LOOK_S):
            try:
                found = self._consumer.committed(asked, timeout=ANSWER_S)
            except KafkaException:  # no coordinator answers: nothing is committed either
                continue
            self.offsets = {at.partition: max(0, at.offset) for at in found if at.error is None} or self.offsets
            for ends, reached in self._marks:
                if not reached and self.has_reached(ends):
                    reached.append(monotonic())
        self._consumer.close()

    def mark(self, ends: Mapping[int, int]) -> list[float]:
        """Return a list that gets the time when these offsets are reached."""
        reached: list[float] = []
        self._marks.append((dict(ends), reached))
        return reached

    def has_reached(self, ends: Mapping[int, int]) -> bool:
        """Return True if every partition's offset is at or beyond its end."""
        return all(self.offsets.get(partition, 0) >= end for partition, end in ends.items())

    def total(self) -> int:
        """Return the number of processed events."""
        return sum(self.offsets.values())

    def finish(self) -> None:
        """Look no more."""
        self._finish.set()
        self.join()
