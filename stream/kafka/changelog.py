"""The way back to a partition's state: its changelog, read up to the end that was seen when ownership began."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Generic

from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from stream.kafka.connection import Connection
from stream.runtime.job import Reader

_CHUNK = 5_000  # records a read, or as many as come in
_CHUNK_S = 0.02
_ADMIN_S = 10.0


@dataclass(slots=True)
class _Restoring(Generic[Reader]):
    reader: Reader
    end_offset: int


class ChangelogRestorer(Generic[Reader]):
    """Restores partitions side by side, a chunk at a time, so that partitions already restored go on meanwhile."""

    def __init__(self, connection: Connection, topic: str, new_reader: Callable[[], Reader]) -> None:
        self._topic, self._new_reader = topic, new_reader
        self._open: dict[int, _Restoring[Reader]] = {}
        self._admin = AdminClient(connection.confluent())
        self._consumer = Consumer(
            connection.confluent()
            | {
                "group.id": f"{topic}-restore",  # never joined: partitions are assigned by hand
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "fetch.queue.backoff.ms": 5,
                "fetch.wait.max.ms": 10,  # the end is told when a fetch returns empty: by default after 0.5 s
                "queued.min.messages": 200_000,
            }
        )

    def begin(self, partitions: list[int]) -> None:
        """Start on newly owned partitions. The end is the log's, open transactions included: a predecessor's commit
        may be decided while its marker is still on the way to this topic."""
        ends = self._ends(partitions)
        for partition in partitions:
            self._open[partition] = _Restoring(self._new_reader(), ends[partition])
        self._consumer.incremental_assign([self._at(p, 0) for p in partitions])

    def cancel(self, partitions: list[int]) -> None:
        """Stop on partitions that are owned no more."""
        self._close([p for p in partitions if p in self._open])

    def is_open(self, partition: int) -> bool:
        """Whether the partition is still being restored."""
        return partition in self._open

    def advance(self, for_s: float) -> list[tuple[int, Reader]]:
        """Read on for about `for_s` seconds; return the partitions that are complete with what was read."""
        deadline, done = monotonic() + for_s, dict[int, Reader]()
        while self._open and monotonic() < deadline:
            for partition in self._read():
                done[partition] = self._open[partition].reader
                self._close([partition])
        return list(done.items())

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()

    def _read(self) -> list[int]:
        """Take in a chunk; return the partitions whose end was reached."""
        ended = []
        for message in self._consumer.consume(_CHUNK, timeout=_CHUNK_S):
            partition, error = message.partition(), message.error()
            if partition not in self._open:
                continue
            if error is None:
                self._open[partition].reader.add(message.key() or b"", message.value())
            elif error.code() != KafkaError._PARTITION_EOF:
                raise KafkaException(error)
            elif (message.offset() or 0) >= self._open[partition].end_offset:
                ended.append(partition)
        return ended

    def _close(self, partitions: list[int]) -> None:
        for partition in partitions:
            del self._open[partition]
        if partitions:
            self._consumer.incremental_unassign([self._at(p, 0) for p in partitions])

    def _ends(self, partitions: list[int]) -> dict[int, int]:
        asked = self._admin.list_offsets(
            {self._at(p): OffsetSpec.latest() for p in partitions},  # type: ignore[no-untyped-call]
            isolation_level=IsolationLevel.READ_UNCOMMITTED,
            request_timeout=_ADMIN_S,
        )
        return {at.partition: future.result().offset for at, future in asked.items()}

    def _at(self, partition: int, offset: int | None = None) -> TopicPartition:
        topic = self._topic
        return TopicPartition(topic, partition) if offset is None else TopicPartition(topic, partition, offset)
