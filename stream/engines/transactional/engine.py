"""The processing loop: read the segment model, restore, poll, compute, deliver, merge.

One segment model decides a turn, and one transaction delivers it. While it is delivered on another thread, the next
turn is computed on top of its result; deliveries never overlap. An aborted delivery takes both turns back. A bug ends
the process before the commit, so its turn leaves no trace.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic, time
from typing import Generic
from uuid import uuid4

from stream.engines.transactional.assignment import PartitionAssignment
from stream.engines.transactional.consumer import GroupMember
from stream.engines.transactional.delivery import AtLeastOnce, Delivery, ExactlyOnce
from stream.engines.transactional.open_turn import OpenTurn
from stream.engines.transactional.outbox import Aborted, Route
from stream.engines.transactional.turn_size import TurnSize
from stream.kafka.connection import Connection
from stream.kafka.input_log import InputLog
from stream.kafka.topic_watch import TopicWatch
from stream.runtime.events import Delivered, Idle, NotDelivered, Observer
from stream.runtime.job import Batch, BatchSummary, Job, Reader, Result, UnavailableError
from stream.runtime.options import EngineOptions
from stream.wire.records import ConsumerRecord

_RESTORE_S = 0.2  # restoring per turn; other partitions are processed in between
_NOT_READY_S = 0.05
_UNDER_WAY_S = 0.005  # a poll beside a delivery: its end is noticed soon
_PAUSE_MIN_S, _PAUSE_MAX_S = 0.1, 5.0


class TransactionalEngine(Generic[Reader, Result]):
    """An engine on confluent-kafka for one job, exactly once or at least once."""

    def __init__(
        self,
        job: Job[Reader, Result],
        connection: Connection,
        options: EngineOptions,
        observer: Observer,
        watch: TopicWatch,
    ) -> None:
        self._job, self._options, self._notify = job, options, observer
        self._log = InputLog(job, watch, observer)
        member = GroupMember(options.group_of(job.role), options.instance_of(job.role), options.session_timeout_ms)
        self._assignment = PartitionAssignment(connection, job, member, self._log, observer)
        self._delivery = _delivery(connection, job, options)
        self._pause_s = 0.0  # after a turn that was not delivered
        self._size = TurnSize(options.batch_records)
        self._sender = ThreadPoolExecutor(1, thread_name_prefix=f"{job.role}-delivery")
        self._open: OpenTurn[Result] | None = None  # the turn that is being delivered

    def run(self, stop: Event) -> None:
        """Run until `stop` is set. Raise KafkaException or TopicsError where this worker can not go on."""
        try:
            while not self._job.prepare():
                if stop.wait(_NOT_READY_S):
                    return
            self._delivery.start()
            self._assignment.subscribe(self._let_go)
            while not stop.is_set():
                self._turn()
                stop.wait(self._pause_s)
            self._finish()
        finally:
            self._sender.shutdown()  # after the end of a delivery under way
            try:
                self._delivery.close()  # raises a fatal error of the client again
            finally:
                self._assignment.close()

    def _turn(self) -> None:
        self._job.prepare()
        self._assignment.follow_log(self._finish)
        self._assignment.restore(_RESTORE_S)
        wait_s = self._options.poll_ms / 1000 if self._open is None else _UNDER_WAY_S
        records = self._assignment.poll(self._size.n_max, wait_s)
        if self._open is not None and self._open.is_over() and not self._finish():
            return  # these records come again
        started = monotonic()
        due = self._due(records)
        try:
            batches = [self._job.process(p, records.get(p, []), self._until_ms(p)) for p in due]
        except UnavailableError as reason:
            if self._finish():
                self._put_back(due, reason)
            return
        if batches:
            self._hand_over(batches, monotonic() - started)
        elif self._open is None:
            self._notify(Idle(self._job.role, *self._progress()))

    def _hand_over(self, batches: list[Batch[Result]], compute_s: float) -> None:
        """Begin to deliver the batches, after the delivery of the former turn; drop them if that was aborted."""
        if not self._finish():
            return
        if all(batch.next_offset is None for batch in batches):
            self._merge(batches, [batch.summary for batch in batches], compute_s, 0.0)
            return
        self._log.stamp(batches)
        deliver = self._delivery.begin(batches, self._assignment.consumer)
        for batch in batches:
            self._job.stage(batch)
        self._open = OpenTurn(batches, compute_s, deliver, self._sender)

    def _finish(self) -> bool:
        """Wait for the delivery under way, and merge its turn. Return False if it was aborted: all records come again.

        A turn computed on top of an aborted one is void, so every partition begins again.
        """
        turn, self._open = self._open, None
        if turn is None:
            return True
        try:
            turn.result()
        except Aborted as reason:
            self._put_back(self._assignment.restored(), reason)
            self._size.aborted()
            return False
        self._merge(turn.batches, turn.summaries, turn.compute_s, turn.deliver_s)
        return True

    def _merge(
        self, batches: list[Batch[Result]], summaries: list[BatchSummary], compute_s: float, deliver_s: float
    ) -> None:
        self._pause_s = 0.0
        for batch in batches:
            if batch.next_offset is not None:
                self._assignment.delivered(batch.partition, batch.next_offset)
                self._log.delivered(batch.partition)
            self._job.merge(batch)
        self._size.delivered(sum(each.n_records for each in summaries), compute_s + deliver_s)
        self._notify(Delivered(self._job.role, summaries, compute_s, deliver_s, *self._progress()))

    def _let_go(self, partitions: list[int]) -> None:
        """End the delivery under way before another worker owns these partitions. The others are merged later."""
        if self._open is not None:
            self._open.let_go(partitions)

    def _put_back(self, partitions: list[int], reason: Exception) -> None:
        """Drop a turn: its records come again, after a pause that grows."""
        for partition in partitions:
            self._job.discard(partition)
            self._assignment.rewind(partition)
        self._notify(NotDelivered(self._job.role, str(reason), self._assignment.lag()))
        self._pause_s = min(_PAUSE_MAX_S, 2 * self._pause_s or _PAUSE_MIN_S)

    def _due(self, records: dict[int, list[ConsumerRecord]]) -> list[int]:
        """Return the partitions with records, or with a due timer."""
        return [p for p in self._assignment.restored() if p in records or self._timer_due(p)]

    def _timer_due(self, partition: int) -> bool:
        due_ms = self._job.next_due_ms(partition)
        return due_ms is not None and due_ms <= self._until_ms(partition)

    def _until_ms(self, partition: int) -> int:
        """Return the wall clock, or 0 while records wait: no timer may overtake a record sent before it was due."""
        if not self._assignment.is_read_to_end(partition) or self._job.next_due_ms(partition) is None:
            return 0
        return int(time() * 1000)

    def _progress(self) -> tuple[dict[int, int], dict[int, int]]:
        return self._assignment.lag(), self._assignment.positions()


def _delivery(connection: Connection, job: Job[Reader, Result], options: EngineOptions) -> Delivery:
    route = Route(connection.namespace, job.input_topic, job.changelog.name)
    if options.guarantee == "at-least-once":
        return AtLeastOnce(connection, route)
    name = f"{options.group_of(job.role)}-{options.name() or uuid4().hex}"
    return ExactlyOnce(connection, route, connection.namespace.qualify(name), options.transaction_timeout_ms)
