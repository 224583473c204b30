"""Facts about the input topic, asked from the broker: committed offsets, bounds, and records left out by Faust.

Every call blocks; the runner has a thread for such calls.
"""

from __future__ import annotations

from time import monotonic

from confluent_kafka import KafkaError, KafkaException

from stream.kafka.connection import Connection
from stream.kafka.partition_reader import BEGINNING, PartitionReader
from stream.kafka.records import from_confluent
from stream.wire.records import ConsumerRecord

_READ_S = 30.0
_CHUNK = 1000
_CHUNK_S = 0.05


class BrokerProbe:
    """A probe of one topic and of the group that consumes it. The group is never joined."""

    def __init__(self, connection: Connection, topic: str, group: str) -> None:
        self._topic = topic
        self._reader = PartitionReader(connection, group, prompt=True)

    def committed(self, partition: int) -> int:
        """Return the group's committed offset, negative if missing. Wait for an open transaction."""
        return self._reader.committed(self._topic, [partition])[partition]

    def bounds(self, partition: int) -> tuple[int, int]:
        """Return the first offset, and the end of the committed records."""
        return self._reader.bounds(self._topic, partition)

    def is_read_to_end(self, partition: int, next_offset: int) -> bool:
        """Return True if no record waits at or after `next_offset`. Transaction markers are no records."""
        _, end = self.bounds(partition)
        return next_offset >= end or not self.records(partition, next_offset, end, n_max=1)

    def records(self, partition: int, first: int, end: int, n_max: int | None = None) -> list[ConsumerRecord]:
        """Return the records in `[first, end)`, at most the first `n_max`. Raise KafkaException after 30 s."""
        self._reader.start(self._topic, {partition: first if first > 0 else BEGINNING})
        try:
            return self._read(partition, first, end, n_max)
        finally:
            self._reader.stop(self._topic, [partition])

    def _read(self, partition: int, first: int, end: int, n_max: int | None) -> list[ConsumerRecord]:
        found: list[ConsumerRecord] = []
        deadline = monotonic() + _READ_S
        while monotonic() < deadline:
            messages, ends = self._reader.read(_CHUNK, _CHUNK_S)
            for message in messages:
                if (message.offset() or 0) >= end or len(found) == n_max:
                    return found
                found.append(from_confluent(message))
            if ends or len(found) == n_max:
                return found
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT, f"{self._topic} [{partition}] from {first} to {end}"))

    def close(self) -> None:
        """Disconnect."""
        self._reader.close()
