"""The partitions assigned to this worker by the consumer group.

Kafka calls back inside `poll`, where a delivery of the former turn may be under way: it ends before a partition is let
go. An assigned partition is paused until the state is restored. A revoked partition loses state and unprocessed
records. The client never chooses an offset by
itself: where an offset is not in the log, `InputLog` says what is lost and where to continue.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from stream.engines.transactional.consumer import GroupMember, consumer_settings
from stream.kafka.broker_errors import PERMANENT, sentence_of
from stream.kafka.changelog import ChangelogRestorer, RestoredState
from stream.kafka.connection import Connection
from stream.kafka.input_log import InputLog
from stream.kafka.partition_reader import BEGINNING, committed
from stream.kafka.records import from_confluent
from stream.runtime.events import Assigned, ClientWarning, Observer, Restored, Revoked
from stream.runtime.job import Job, Reader, Result
from stream.wire.records import ConsumerRecord

_NOT_IN_LOG = (KafkaError._AUTO_OFFSET_RESET, KafkaError._LOG_TRUNCATION)


class PartitionAssignment(Generic[Reader, Result]):
    """A group consumer, with the next offset of each owned partition and whether the end was reached."""

    def __init__(
        self, connection: Connection, job: Job[Reader, Result], member: GroupMember, log: InputLog, observer: Observer
    ) -> None:
        self._job, self._log, self._notify = job, log, observer
        self._topic = connection.namespace.qualify(job.input_topic)
        self._restorer = ChangelogRestorer(connection, job.changelog.name, job.state_reader)
        self._read_states: dict[int, RestoredState[Reader]] = {}  # that did not begin yet
        self.consumer = Consumer(consumer_settings(connection, member))
        self.next_offsets: dict[int, int] = {}  # after the last delivery
        self._read_to: dict[int, int] = {}  # after the last record or marker that the client handed over
        self.caught_up: set[int] = set()
        self.drained = True  # the last poll took all records that the client had fetched
        self._not_in_log: set[int] = set()
        self._records: dict[int, list[ConsumerRecord]] = {}
        self._let_go: Callable[[list[int]], object] = lambda _: None

    def subscribe(self, let_go: Callable[[list[int]], object]) -> None:
        """Join the group. `let_go` ends what is under way before partitions are revoked or lost."""
        self._let_go = let_go
        self.consumer.subscribe([self._topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked)

    def restore(self, for_s: float) -> None:
        """Restore for about `for_s` seconds, and begin to read complete partitions."""
        self._read_states |= {each.partition: each for each in self._restorer.advance(for_s)}
        for state in list(self._read_states.values()):
            self._begin(state)

    def follow_log(self, finish: Callable[[], object]) -> None:
        """Move partitions whose offset is not in the log, or whose topic was made again. Raise TopicsError.

        `finish` ends what is under way before a partition moves.
        """
        self._log.check_partitions()
        restored = set(self.restored())  # the others begin where the log has them, in `_begin`
        for partition in restored if self._log.is_replaced() else restored & self._not_in_log:
            finish()
            position = self.next_offsets[partition]
            offset = self._log.follow(partition, position)
            if offset is not None:
                if offset != position:
                    self._job.seek(partition, offset)
                self._read_from(partition, offset)

    def _begin(self, state: RestoredState[Reader]) -> None:
        """Begin at the group's offset or after the state, whichever is later, as far as the log has it.

        The group's offset may have expired, and a coordinator that was away may answer with an old one.
        """
        partition = state.partition
        state_offset = self._job.restore(partition, state.reader)
        committed = self.next_offsets[partition]
        position = max(committed, -1 if state_offset is None else state_offset)
        offset = self._log.begin(partition, position if position >= 0 else None, state.log_id)
        if offset is None:
            return
        if offset != state_offset:
            self._job.seek(partition, offset)
        del self._read_states[partition]
        self._read_from(partition, offset)
        if state_offset is not None and offset > committed:  # a crash at least once: perhaps no record comes any more
            self.consumer.commit(offsets=[self._at(partition, offset)], asynchronous=True)
        self._notify(Restored(self._job.role, partition))

    def _read_from(self, partition: int, offset: int) -> None:
        self.next_offsets[partition] = offset
        self._read_to.pop(partition, None)
        self.caught_up.discard(partition)
        self._not_in_log.discard(partition)
        self.consumer.incremental_unassign([self._at(partition)])  # a client that found no such offset can not seek
        self.consumer.incremental_assign([self._at(partition, offset)])
        self.consumer.resume([self._at(partition)])

    def restored(self) -> list[int]:
        """Return the owned, restored partitions."""
        return [p for p in self.next_offsets if p not in self._read_states and not self._restorer.is_open(p)]

    def poll(self, n_max: int, wait_s: float) -> dict[int, list[ConsumerRecord]]:
        """Return fetched records by partition, in order, or the first to arrive within `wait_s`."""
        self._records = {}
        first = self.consumer.poll(wait_s)
        rest = self.consumer.consume(n_max - 1, timeout=0) if first is not None else []
        for message in [first, *rest] if first is not None else []:
            self._take(message)
        for partition, records in self._records.items():
            self._has_read_to(partition, records[-1].offset + 1)
        self.drained = first is None or len(rest) < n_max - 1
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
            self._read_to.pop(partition, None)
            self.consumer.seek(self._at(partition, self.next_offsets[partition]))

    def positions(self) -> dict[int, int]:
        """Return the offset to which each owned partition was read, markers included."""
        return {p: max(offset, self._read_to.get(p, 0)) for p, offset in self.next_offsets.items()}

    def lag(self) -> dict[int, int]:
        """Return the number of records of each owned partition that are not read, by the topic watch."""
        return {p: self._log.lag(p, position) for p, position in self.positions().items()}

    def close(self) -> None:
        """Leave the group."""
        self.consumer.close()
        self._restorer.close()

    def _take(self, message: Message) -> None:
        error, partition = message.error(), message.partition() or 0
        if error is None:
            record = from_confluent(message)
            self._records.setdefault(record.partition, []).append(record)
        elif error.code() == KafkaError._PARTITION_EOF:
            self.caught_up.add(partition)
            self._read_to[partition] = message.offset() or 0
        elif error.code() in _NOT_IN_LOG:
            self._not_in_log.add(partition)
        elif error.code() in (*PERMANENT, KafkaError._FATAL) or error.fatal():  # _FATAL does not call itself fatal
            raise KafkaException(error)
        else:
            self._notify(ClientWarning(self._job.role, sentence_of(error)))

    def _has_read_to(self, partition: int, offset: int) -> None:
        """Note the offset after the last record; an end that was reported after that record has a larger one."""
        if offset > self._read_to.get(partition, 0):
            self._read_to[partition] = offset
            self.caught_up.discard(partition)

    def _assigned(self, consumer: Consumer, given: list[TopicPartition]) -> None:
        self._log.check_partitions(ask=True)
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
        self._let_go(partitions)
        self._restorer.cancel(partitions)
        for partition in partitions:
            self._job.revoke(partition)
            self._log.forget(partition)
            for known in (self.next_offsets, self._read_to, self._records, self._read_states):
                known.pop(partition, None)
            self.caught_up.discard(partition)
            self._not_in_log.discard(partition)
        consumer.incremental_unassign(revoked)
        self._notify(Revoked(self._job.role, partitions))

    def _at(self, partition: int, offset: int | None = None) -> TopicPartition:
        topic = self._topic
        return TopicPartition(topic, partition) if offset is None else TopicPartition(topic, partition, offset)
