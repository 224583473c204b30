"""The processing loop inside the Faust app: restore, take records, compute, deliver, merge, commit.

Blocking calls run on another thread, so heartbeats continue. Kafka assigns and revokes partitions between
turns only. A failure ends the process with nothing acknowledged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, time
from typing import Any, Generic, TypeVar

from confluent_kafka import KafkaException

from stream.engines.faust.broker_probe import BrokerProbe
from stream.engines.faust.delivery import Delivery, fitting_batch
from stream.engines.faust.partitions import OwnedPartitions
from stream.engines.faust.record_buffer import RecordBuffer, Records, Work
from stream.engines.faust.workarounds import commit, end_process
from stream.kafka.broker_errors import TopicsError
from stream.kafka.connection import Connection
from stream.kafka.input_log import InputLog
from stream.kafka.topic_watch import TopicWatch
from stream.runtime.events import Assigned, ClientWarning, Delivered, Idle, NotDelivered, Observer, Restored, Revoked
from stream.runtime.job import Batch, Job, Reader, Result, UnavailableError
from stream.runtime.options import EngineOptions

_NOT_READY_S = 0.05
_UNAVAILABLE_S = 1.0
_TAKEN_MAX = 1_000  # records: the puts of many more do not fit into one record batch

Answer = TypeVar("Answer")


class JobRunner(Generic[Reader, Result]):
    """A loop for one job, created inside a running event loop.

    `now` returns Faust's consumer and the group's generation.
    """

    def __init__(
        self,
        job: Job[Reader, Result],
        connection: Connection,
        options: EngineOptions,
        observer: Observer,
        watch: TopicWatch,
        now: Callable[[], tuple[Any, int]],
    ) -> None:
        self._job, self._options, self._notify, self._now = job, options, observer, now
        self._topic = connection.namespace.qualify(job.input_topic)
        self._probe = BrokerProbe(connection, job.input_topic, options.group_of(job.role))
        self._log = InputLog(job, watch, observer)
        self._partitions = OwnedPartitions(job, connection, self._probe, self._log)
        self._delivery = Delivery(connection, job.changelog.name)
        self.buffer = RecordBuffer(self._probe, min(options.batch_records, _TAKEN_MAX), self._log.follow)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"{job.role}-step")
        self._between_turns = asyncio.Lock()
        self._committed: dict[int, int] = {}
        self._stopping, self._stopped = asyncio.Event(), asyncio.Event()
        self._stopped.set()

    async def run(self) -> None:
        """Run until `stop`. A failure ends the process."""
        self._stopped.clear()
        try:
            await self._delivery.start()
            while not self._stopping.is_set() and not await self._on_thread(self._job.prepare):
                await asyncio.sleep(_NOT_READY_S)
            while not self._stopping.is_set():
                async with self._between_turns:
                    await self._turn()
                await asyncio.sleep(0)
            await self._delivery.close()
        except Exception as error:  # noqa: BLE001  the one place that ends the process
            end_process(error)
        self._stopped.set()

    async def stop(self) -> None:
        """Finish the current turn. A second call has no effect."""
        was_stopping = self._stopping.is_set()
        self._stopping.set()
        await self._stopped.wait()
        if was_stopping:
            return
        await self._on_thread(self._partitions.close)
        await self._on_thread(self._probe.close)
        self._thread.shutdown()

    async def assigned(self, partitions: list[int]) -> None:
        """Begin to restore the assigned partitions."""
        async with self._between_turns:
            if self._stopping.is_set():
                return
            try:
                await self._on_thread(self._partitions.begin, partitions)
            except (TopicsError, KafkaException) as error:  # Faust would only log it
                end_process(error)
            self._notify(Assigned(self._job.role, partitions))

    async def revoked(self, partitions: list[int]) -> None:
        """Drop the revoked partitions after the current turn."""
        async with self._between_turns:
            if self._stopping.is_set():
                return
            await self._on_thread(self._partitions.drop, partitions)
            for partition in partitions:
                self.buffer.next_offsets.pop(partition, None)
                self._committed.pop(partition, None)
            self._notify(Revoked(self._job.role, partitions))

    async def _turn(self) -> None:
        await self._on_thread(self._job.prepare)
        self._move(await self._on_thread(self._partitions.moves, self.buffer.next_offsets))
        if self._partitions.is_restoring():
            await self._restore()
            self._notify(Idle(self._job.role, *self._progress()))
            return
        messages = await self.buffer.take(self._options.poll_ms / 1000)
        records = await self._on_thread(self.buffer.in_order, messages, self._now()[1])
        work = await self._on_thread(self._due, records or await self._on_thread(self.buffer.overdue, self._lag()))
        if not work:
            self._notify(Idle(self._job.role, *self._progress()))
        try:
            while work:
                work = await self._process(work)
        except UnavailableError as reason:
            self._put_back(work, reason)
            await asyncio.sleep(_UNAVAILABLE_S)

    def _put_back(self, work: list[Work], reason: Exception) -> None:
        """Drop undelivered work. The buffer takes its records from the broker again."""
        for each in work:
            self._job.discard(each.partition)
        self._notify(NotDelivered(self._job.role, str(reason), self._lag()))

    async def _restore(self) -> None:
        begun = await self._on_thread(self._partitions.restore)
        self._move(begun)
        for partition in begun:
            self._notify(Restored(self._job.role, partition))

    def _move(self, next_offsets: dict[int, int]) -> None:
        """Continue at these offsets. Faust may read elsewhere: the buffer asks the broker for what it leaves out."""
        self.buffer.next_offsets |= next_offsets
        for partition in next_offsets:
            self._committed.pop(partition, None)

    def _due(self, records: Records) -> list[Work]:
        """Return the work of partitions with records, or with a due timer and no waiting record."""
        timers = [p for p in self._partitions.restored if p not in records and self._timer_due(p)]
        return [Work(p, polled, 0) for p, polled in records.items()] + [Work(p, [], int(time() * 1000)) for p in timers]

    def _timer_due(self, partition: int) -> bool:
        due_ms = self._job.next_due_ms(partition)
        if due_ms is None or due_ms > time() * 1000:
            return False
        return self._probe.is_read_to_end(partition, self.buffer.next_offsets[partition])

    async def _process(self, work: list[Work]) -> list[Work]:
        """Process and deliver the work. Return the records that did not fit into their batches."""
        started = monotonic()
        fitted = [await self._on_thread(fitting_batch, self._job.process, *each) for each in work]
        computed = monotonic()
        batches = [batch for batch, _ in fitted]
        self._log.stamp(batches)
        await self._delivery.deliver(batches)
        for batch, done in fitted:
            await self._on_thread(self._job.merge, batch)
            if batch.next_offset is not None:
                self._log.delivered(batch.partition)
            self.buffer.processed(done)
        await self._commit(batches)
        summaries, deliver_s = [batch.summary for batch in batches], monotonic() - computed
        self._notify(Delivered(self._job.role, summaries, computed - started, deliver_s, *self._progress()))
        left = [each.records[len(done) :] for each, (_, done) in zip(work, fitted, strict=True)]
        return [each._replace(records=records) for each, records in zip(work, left, strict=True) if records]

    async def _commit(self, batches: list[Batch[Result]]) -> None:
        new = {b.partition: b.next_offset for b in batches if b.next_offset is not None}
        new = {p: offset for p, offset in new.items() if self._committed.get(p) != offset}
        if not new:
            return
        reason = await commit(self._now()[0], self._topic, new)
        if reason is None:
            self._committed |= new
        else:
            self._notify(ClientWarning(self._job.role, f"not committed: {reason}"))

    def _lag(self) -> dict[int, int]:
        return self._partitions.lag(self.buffer.next_offsets)

    def _progress(self) -> tuple[dict[int, int], dict[int, int]]:
        return self._lag(), dict(self.buffer.next_offsets)

    async def _on_thread(self, blocking: Callable[..., Answer], *arguments: Any) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, blocking, *arguments)
