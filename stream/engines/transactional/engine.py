"""The loop: take in a new segment model, restore, poll, compute, deliver, merge.

A turn is decided by one segment model and delivered in one transaction; states move on only after the commit. A bug
ends the process before that, and the turn never happened.
"""

from __future__ import annotations

from threading import Event
from time import monotonic, time
from typing import Generic
from uuid import uuid4

from stream.engines.transactional.assignment import GroupMember, PartitionAssignment
from stream.engines.transactional.delivery import Aborted, AtLeastOnce, Delivery, ExactlyOnce, Route
from stream.kafka.connection import Connection
from stream.runtime.events import Delivered, Idle, NotDelivered, Observer
from stream.runtime.job import Batch, Job, Reader, Result
from stream.runtime.options import EngineOptions
from stream.wire.records import ConsumerRecord

_RESTORE_S = 0.2  # a turn's time for restoring, while other partitions go on
_NOT_READY_S = 0.05
_PAUSE_MIN_S, _PAUSE_MAX_S = 0.1, 5.0


class TransactionalEngine(Generic[Reader, Result]):
    """Carries one job until it is told to stop."""

    def __init__(
        self, job: Job[Reader, Result], connection: Connection, options: EngineOptions, observer: Observer
    ) -> None:
        self._job, self._options, self._tell = job, options, observer
        membership = GroupMember(options.group_of(job.role), options.instance_of(job.role), options.session_timeout_ms)
        self._ownership = PartitionAssignment(connection, job, membership, observer)
        self._delivery = _delivery(connection, job, options)
        self._pause_s = 0.0  # after turns that could not be delivered

    def run(self, stop: Event) -> None:
        """Run until `stop` is set; raises KafkaException when Kafka says that this worker can not go on."""
        try:
            while not self._job.prepare():
                if stop.wait(_NOT_READY_S):
                    return
            self._delivery.start()
            self._ownership.subscribe()
            while not stop.is_set():
                self._turn()
                stop.wait(self._pause_s)
        finally:
            self._delivery.close()
            self._ownership.close()

    def _turn(self) -> None:
        self._job.prepare()
        self._ownership.restore(_RESTORE_S)
        records = self._ownership.poll(self._options.batch_records, self._options.poll_ms / 1000)
        started = monotonic()
        batches = [self._job.process(p, records.get(p, []), self._until_ms(p)) for p in self._due(records)]
        computed = monotonic()
        if not batches:
            self._tell(Idle(self._job.role, self._lag()))
            return
        if self._deliver(batches):
            delivered = monotonic()
            self._tell(
                Delivered(
                    self._job.role, [b.summary for b in batches], computed - started, delivered - computed, self._lag()
                )
            )

    def _deliver(self, batches: list[Batch[Result]]) -> bool:
        try:
            if any(batch.next_offset is not None for batch in batches):
                self._delivery.deliver(batches, self._ownership.consumer)
        except Aborted as reason:
            for batch in batches:
                self._job.discard(batch.partition)
                self._ownership.discard(batch.partition)
            self._tell(NotDelivered(self._job.role, str(reason)))
            self._pause_s = min(_PAUSE_MAX_S, 2 * self._pause_s or _PAUSE_MIN_S)
            return False
        self._pause_s = 0.0
        for batch in batches:
            if batch.next_offset is not None:
                self._ownership.delivered(batch.partition, batch.next_offset)
            self._job.merge(batch)
        return True

    def _due(self, records: dict[int, list[ConsumerRecord]]) -> list[int]:
        """Partitions with records, or with a timer that is due."""
        return [p for p in self._ownership.restored() if p in records or self._timer_due(p)]

    def _timer_due(self, partition: int) -> bool:
        due_ms = self._job.next_due_ms(partition)
        return due_ms is not None and due_ms <= self._until_ms(partition)

    def _until_ms(self, partition: int) -> int:
        """Time passes by itself only where no record waits: a timer must not overtake records sent before it."""
        if not self._ownership.is_read_to_end(partition) or self._job.next_due_ms(partition) is None:
            return 0
        return int(time() * 1000)

    def _lag(self) -> dict[int, int]:
        return {p: self._ownership.lag(p) for p in self._ownership.next_offsets}


def _delivery(connection: Connection, job: Job[Reader, Result], options: EngineOptions) -> Delivery:
    route = Route(job.input_topic, job.changelog.name)
    if options.guarantee == "at-least-once":
        return AtLeastOnce(connection, route)
    transactional_id = f"{options.group}-{job.role}-{options.name() or uuid4().hex}"
    return ExactlyOnce(connection, route, transactional_id, options.transaction_timeout_ms)
