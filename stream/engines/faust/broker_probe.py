"""What the broker itself says of the input: committed offsets, ends, and records that Faust left out.

A consumer of its own that never joins the group. Every call blocks; the carrier makes them on its thread.
"""

from __future__ import annotations

from time import monotonic

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from stream.kafka.connection import Connection
from stream.kafka.records import from_confluent
from stream.kafka.retry import retry_transient
from stream.wire.records import ConsumerRecord

_ASK_S = 30.0
_CHUNK = 1000


class BrokerProbe:
    """Looks at one topic beside the group that consumes it."""

    def __init__(self, connection: Connection, topic: str, group: str) -> None:
        self._topic = topic
        self._consumer = Consumer(
            connection.confluent()
            | {
                "group.id": group,  # only to ask for its offsets
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 10,
            }
        )

    def committed(self, partitions: list[int]) -> dict[int, int]:
        """The group's committed offsets, negative where it has none. Waits for a predecessor's open transaction."""
        asked = [TopicPartition(self._topic, p) for p in partitions]
        known = retry_transient(lambda: self._consumer.committed(asked, timeout=_ASK_S), _ASK_S) if asked else []
        for at in known:
            if at.error is not None:
                raise KafkaException(at.error)
        return {at.partition: at.offset for at in known}

    def ends(self, partition: int) -> tuple[int, int]:
        """The first offset and the one after the last that is committed."""
        asked = TopicPartition(self._topic, partition)
        low, high = self._consumer.get_watermark_offsets(asked, timeout=_ASK_S)
        return low, high

    def is_read_to_end(self, partition: int, next_offset: int) -> bool:
        """Whether no record waits at or after `next_offset`; markers of transactions are none."""
        _, high = self.ends(partition)
        return next_offset >= high or not self.records(partition, next_offset, high, n_max=1)

    def records(self, partition: int, first: int, end: int, n_max: int | None = None) -> list[ConsumerRecord]:
        """The records in `[first, end)`, no more than the first `n_max`."""
        found: list[ConsumerRecord] = []
        deadline = monotonic() + _ASK_S
        self._consumer.assign([TopicPartition(self._topic, partition, first if first > 0 else OFFSET_BEGINNING)])
        try:
            while monotonic() < deadline:
                for message in self._consumer.consume(_CHUNK, timeout=0.05):
                    error, offset = message.error(), message.offset() or 0
                    if error is not None and error.code() != KafkaError._PARTITION_EOF:
                        raise KafkaException(error)
                    if offset >= end or error is not None or len(found) == n_max:
                        return found
                    found.append(from_confluent(message))
                if n_max and len(found) >= n_max:
                    return found
        finally:
            self._consumer.unassign()
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT, f"{self._topic} [{partition}] from {first} to {end}"))

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()
