"""The partitions assigned to this worker by the consumer group.

Kafka calls back inside `poll`, between turns, so no transaction is open. An assigned partition is paused until the
state is restored. A revoked partition loses state and unprocessed records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from stream.kafka.broker_errors import PERMANENT, sentence_of
from stream.kafka.changelog import ChangelogRestorer
from stream.kafka.connection import Connection
from stream.kafka.partition_reader import BEGINNING, committed
from stream.kafka.records import from_confluent
from stream.runtime.events import Assigned, ClientWarning, Observer, Restored, Revoked
from stream.runtime.job import Job, Reader, Result
from stream.wire.records import ConsumerRecord

_POLL_INTERVAL_MS = 300_000  # librdkafka's default


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A worker's part in the consumer group. `instance` is the static member's name, empty for a dynamic member."""

    group: str
    instance: str
    session_timeout_ms: int


class PartitionAssignment(Generic[Reader, Result]):
    """A group consumer, with the next offset of each owned partition and whether the end was reached."""

    def __init__(
        self, connection: Connection, job: Job[Reader, Result], member: GroupMember, observer: Observer
    ) -> None:
        self._job, self._notify = job, observer
        self._topic = connection.namespace.qualify(job.input_topic)
        self._restorer = ChangelogRestorer(connection, job.changelog.name, job.state_reader)
        self.consumer = Consumer(consumer_settings(connection, member))
        self.next_offsets: dict[int, int] = {}  # after the last delivery
        self.caught_up: set[int] = set()
        self.drained = True  # the last poll took all records that the client had fetched
        self._records: dict[int, list[ConsumerRecord]] = {}

    def subscribe(self) -> None:
        """Join the group."""
        self.consumer.subscribe([self._topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked)

    def restore(self, for_s: float) -> None:
        """Restore for about `for_s` seconds, and begin to read complete partitions."""
        for partition, reader in self._restorer.advance(for_s):
            self._begin(partition, self._job.restore(partition, reader))
            self._notify(Restored(self._job.role, partition))
            self.consumer.resume([self._at(partition)])

    def _begin(self, partition: int, state_offset: int | None) -> None:
        """Continue after the state, not at the beginning, if the group's committed offset has expired."""
        if self.next_offsets[partition] < 0 and state_offset is not None:
            self.next_offsets[partition] = state_offset
            self.consumer.seek(self._at(partition, state_offset))

    def restored(self) -> list[int]:
        """Return the owned, restored partitions."""
        return [p for p in self.next_offsets if not self._restorer.is_open(p)]

    def poll(self, n_max: int, wait_s: float) -> dict[int, list[ConsumerRecord]]:
        """Return fetched records by partition, in order, or the first to arrive within `wait_s`."""
        self._records = {}
        first = self.consumer.poll(wait_s)
        rest = self.consumer.consume(n_max - 1, timeout=0) if first is not None else []
        for message in [first, *rest] if first is not None else []:
            self._take(message)
        self.drained = len(rest) < n_max - 1
        return self._records

    def is_read_to_end(self, partition: int) -> bool:
        """Return True if no record of the partition waits, nor in the client's queue behind other partitions."""
        return self.drained and partition in self.caught_up

    def delivered(self, partition: int, next_offset: int) -> None:
        """Set the offset after a delivery."""
        self.next_offsets[partition] = next_offset

    def rewind(self, partition: int) -> None:
        """Read again from the last delivery."""
        if partition in self.next_offsets:
            self.caught_up.discard(partition)
            self.consumer.seek(self._at(partition, self.next_offsets[partition]))

    def lag(self, partition: int) -> int:
        """Return the number of records after the last delivery, by the client's newest watermark; 0 at the end.

        The watermark alone is not enough: a transactional log ends in a marker, not a record.
        """
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
        self._restorer.close()

    def _take(self, message: Message) -> None:
        error, partition = message.error(), message.partition() or 0
        if error is None:
            self.caught_up.discard(partition)
            self._records.setdefault(partition, []).append(from_confluent(message))
        elif error.code() == KafkaError._PARTITION_EOF:
            self.caught_up.add(partition)
        elif error.code() in (*PERMANENT, KafkaError._FATAL) or error.fatal():  # _FATAL does not call itself fatal
            raise KafkaException(error)
        else:
            self._notify(ClientWarning(self._job.role, sentence_of(error)))

    def _assigned(self, consumer: Consumer, given: list[TopicPartition]) -> None:
        offsets = {p: offset if offset >= 0 else BEGINNING for p, offset in committed(consumer, given).items()}
        starts = [self._at(p, offset) for p, offset in offsets.items()]
        consumer.incremental_assign(starts)
        if starts:
            consumer.pause(starts)
            self._restorer.begin(list(offsets))
        self.caught_up -= offsets.keys()
        self.next_offsets |= offsets
        self._notify(Assigned(self._job.role, list(offsets)))

    def _revoked(self, consumer: Consumer, revoked: list[TopicPartition]) -> None:
        partitions = [each.partition for each in revoked]
        self._restorer.cancel(partitions)
        for partition in partitions:
            self._job.revoke(partition)
            self.next_offsets.pop(partition, None)
            self._records.pop(partition, None)
            self.caught_up.discard(partition)
        consumer.incremental_unassign(revoked)
        self._notify(Revoked(self._job.role, partitions))

    def _at(self, partition: int, offset: int | None = None) -> TopicPartition:
        topic = self._topic
        return TopicPartition(topic, partition) if offset is None else TopicPartition(topic, partition, offset)


def consumer_settings(connection: Connection, member: GroupMember) -> dict[str, object]:
    """Return librdkafka's settings of the group's consumer."""
    static = {"group.instance.id": member.instance} if member.instance else {}
    return (
        connection.confluent()
        | static
        | {
            "group.id": connection.namespace.qualify(member.group),
            "partition.assignment.strategy": "cooperative-sticky",
            "session.timeout.ms": member.session_timeout_ms,
            "max.poll.interval.ms": max(
                _POLL_INTERVAL_MS, member.session_timeout_ms
            ),  # the client refuses a shorter one
            "heartbeat.interval.ms": max(500, member.session_timeout_ms // 5),
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "fetch.queue.backoff.ms": 5,  # the default of 1 s idles the loop at two thirds of its speed
            "queued.min.messages": 100_000,
        }
    )
