"""Who owns which partition: the group's consumer, and what happens when partitions come and go.

Kafka calls back inside `poll`, that is between turns, so no transaction is open. A partition that comes is paused
until its state is restored; one that goes is forgotten together with its records not yet processed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from stream.kafka.changelog import ChangelogRestorer
from stream.kafka.connection import Connection
from stream.kafka.records import from_confluent
from stream.kafka.retry import retry_transient
from stream.runtime.events import Assigned, ClientWarning, Observer, Restored, Revoked
from stream.runtime.job import Job, Reader, Result
from stream.wire.records import ConsumerRecord

_COMMITTED_S = 30.0  # a predecessor's open transaction must end before its offsets are known


@dataclass(frozen=True, slots=True)
class GroupMember:
    """How this worker takes part in its consumer group; `instance` is its stable name, empty for none."""

    group: str
    instance: str
    session_timeout_ms: int


class PartitionAssignment(Generic[Reader, Result]):
    """The partitions of this worker: their consumer, their next offsets, and which have been read to the end."""

    def __init__(
        self, connection: Connection, job: Job[Reader, Result], membership: GroupMember, observer: Observer
    ) -> None:
        self._job, self._tell = job, observer
        self._restoring = ChangelogRestorer(connection, job.changelog.name, job.state_reader)
        self.consumer = Consumer(consumer_settings(connection, membership))
        self.next_offsets: dict[int, int] = {}  # where consumption goes on after the last delivery
        self.caught_up: set[int] = set()
        self.drained = True  # the last poll took all that the client had fetched
        self._records: dict[int, list[ConsumerRecord]] = {}

    def subscribe(self) -> None:
        """Join the group."""
        self.consumer.subscribe(
            [self._job.input_topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked
        )

    def restore(self, for_s: float) -> None:
        """Go on restoring; partitions that are complete begin to be read."""
        for partition, reader in self._restoring.advance(for_s):
            self._begin(partition, self._job.restore(partition, reader))
            self._tell(Restored(self._job.role, partition))
            self.consumer.resume([self._at(partition)])

    def _begin(self, partition: int, state_offset: int | None) -> None:
        """Where the group has no committed offset (it expired), go on where the state ends, not at the beginning."""
        if self.next_offsets[partition] < 0 and state_offset is not None:
            self.next_offsets[partition] = state_offset
            self.consumer.seek(self._at(partition, state_offset))

    def restored(self) -> list[int]:
        """Partitions that are owned and restored."""
        return [p for p in self.next_offsets if not self._restoring.is_open(p)]

    def poll(self, n_max: int, wait_s: float) -> dict[int, list[ConsumerRecord]]:
        """Records by partition, in order: whatever is there, or the first to come within `wait_s`."""
        self._records = {}
        first = self.consumer.poll(wait_s)
        rest = self.consumer.consume(n_max - 1, timeout=0) if first is not None else []
        for message in [first, *rest] if first is not None else []:
            self._take(message)
        self.drained = len(rest) < n_max - 1
        return self._records

    def is_read_to_end(self, partition: int) -> bool:
        """Whether no record of the partition waits, not even in the client's queue behind those of others."""
        return self.drained and partition in self.caught_up

    def delivered(self, partition: int, next_offset: int) -> None:
        """Remember where consumption goes on."""
        self.next_offsets[partition] = next_offset

    def discard(self, partition: int) -> None:
        """Read again from the last delivery on."""
        if partition in self.next_offsets:
            self.caught_up.discard(partition)
            self.consumer.seek(self._at(partition, self.next_offsets[partition]))

    def lag(self, partition: int) -> int:
        """Records that wait behind the last delivery, as far as the broker has told; none where all were read. (The
        end alone does not tell: a log written in transactions ends in a marker that is no record.)"""
        if partition in self.caught_up:
            return 0
        try:
            low, high = self.consumer.get_watermark_offsets(self._at(partition), cached=True)
        except KafkaException:
            return 0
        return max(0, high - max(self.next_offsets.get(partition, 0), low, 0))

    def close(self) -> None:
        """Leave the group."""
        self.consumer.close()
        self._restoring.close()

    def _take(self, message: Message) -> None:
        error, partition = message.error(), message.partition() or 0
        if error is None:
            self.caught_up.discard(partition)
            self._records.setdefault(partition, []).append(from_confluent(message))
        elif error.code() == KafkaError._PARTITION_EOF:
            self.caught_up.add(partition)
        elif error.fatal():
            raise KafkaException(error)
        else:
            self._tell(ClientWarning(self._job.role, error.str()))

    def _assigned(self, consumer: Consumer, given: list[TopicPartition]) -> None:
        # waits for a predecessor's open transaction on these offsets
        known = retry_transient(lambda: committed(consumer, given), _COMMITTED_S) if given else []
        starts = [self._at(at.partition, at.offset if at.offset >= 0 else OFFSET_BEGINNING) for at in known]
        consumer.incremental_assign(starts)
        if starts:
            consumer.pause(starts)
            self._restoring.begin([at.partition for at in starts])
        self.caught_up -= {at.partition for at in starts}
        self.next_offsets |= {at.partition: at.offset for at in starts}
        self._tell(Assigned(self._job.role, [at.partition for at in starts]))

    def _revoked(self, consumer: Consumer, taken: list[TopicPartition]) -> None:
        partitions = [at.partition for at in taken]
        self._restoring.cancel(partitions)
        for partition in partitions:
            self._job.revoke(partition)
            self.next_offsets.pop(partition, None)
            self._records.pop(partition, None)
            self.caught_up.discard(partition)
        consumer.incremental_unassign(taken)
        self._tell(Revoked(self._job.role, partitions))

    def _at(self, partition: int, offset: int | None = None) -> TopicPartition:
        topic = self._job.input_topic
        return TopicPartition(topic, partition) if offset is None else TopicPartition(topic, partition, offset)


def committed(consumer: Consumer, given: list[TopicPartition]) -> list[TopicPartition]:
    """The group's committed offsets, negative where it has none; raises KafkaException if one can not be told."""
    known = consumer.committed(given, timeout=_COMMITTED_S)
    for at in known:
        if at.error is not None:
            raise KafkaException(at.error)
    return known


def consumer_settings(connection: Connection, membership: GroupMember) -> dict[str, object]:
    """librdkafka's settings of the group's consumer."""
    static = {"group.instance.id": membership.instance} if membership.instance else {}
    return (
        connection.confluent()
        | static
        | {
            "group.id": membership.group,
            "partition.assignment.strategy": "cooperative-sticky",
            "session.timeout.ms": membership.session_timeout_ms,
            "heartbeat.interval.ms": max(500, membership.session_timeout_ms // 5),
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "fetch.queue.backoff.ms": 5,  # the default of 1 s idles the loop at two thirds of its speed
            "queued.min.messages": 100_000,
        }
    )
