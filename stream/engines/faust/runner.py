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

import structlog

from stream.engines.faust.broker_probe import BrokerProbe
from stream.engines.faust.delivery import Delivery, fitting_batch
from stream.engines.faust.record_buffer import RecordBuffer, Records, Work
from stream.engines.faust.workarounds import commit, end_process, highwater
from stream.kafka.changelog import ChangelogRestorer
from stream.kafka.connection import Connection
from stream.runtime.events import Assigned, ClientWarning, Delivered, Idle, NotDelivered, Observer, Restored, Revoked
from stream.runtime.job import Batch, Job, Reader, Result, UnavailableError
from stream.runtime.options import EngineOptions

_RESTORE_S = 0.2
_NOT_READY_S = 0.05
_UNAVAILABLE_S = 1.0

Answer = TypeVar("Answer")

log = structlog.get_logger()


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
        now: Callable[[], tuple[Any, int]],
    ) -> None:
        self._job, self._options, self._notify, self._now = job, options, observer, now
        self._topic = connection.namespace.qualify(job.input_topic)
        self._probe = BrokerProbe(connection, job.input_topic, options.group_of(job.role))
        self._restorer = ChangelogRestorer(connection, job.changelog.name, job.state_reader)
        self._delivery = Delivery(connection, job.changelog.name)
        self.buffer = RecordBuffer(self._probe, options.batch_records)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"{job.role}-step")
        self._between_turns = asyncio.Lock()
        self._owned: set[int] = set()
        self._restored: set[int] = set()
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
        await self._on_thread(self._restorer.close)
        await self._on_thread(self._probe.close)
        self._thread.shutdown()

    async def assigned(self, partitions: list[int]) -> None:
        """Begin to restore the assigned partitions."""
        async with self._between_turns:
            if self._stopping.is_set():
                return
            if partitions:
                await self._on_thread(self._restorer.begin, partitions)
            self._owned = set(partitions)
            self._notify(Assigned(self._job.role, partitions))

    async def revoked(self, partitions: list[int]) -> None:
        """Drop the revoked partitions after the current turn."""
        async with self._between_turns:
            if self._stopping.is_set():
                return
            self._owned -= set(partitions)
            await self._on_thread(self._restorer.cancel, partitions)
            for partition in partitions:
                self._job.revoke(partition)
                self._restored.discard(partition)
                self.buffer.next_offsets.pop(partition, None)
                self._committed.pop(partition, None)
            self._notify(Revoked(self._job.role, partitions))

    async def _turn(self) -> None:
        await self._on_thread(self._job.prepare)
        if self._owned - self._restored:
            await self._restore()
            self._notify(Idle(self._job.role, self._lag()))
            return
        messages = await self.buffer.take(self._options.poll_ms / 1000)
        records = await self._on_thread(self.buffer.in_order, messages, self._now()[1])
        work = await self._on_thread(self._due, records or await self._on_thread(self.buffer.overdue, self._lag()))
        if not work:
            self._notify(Idle(self._job.role, self._lag()))
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
        for partition, reader in await self._on_thread(self._restorer.advance, _RESTORE_S):
            self.buffer.next_offsets[partition] = await self._on_thread(self._own, partition, reader)
            self._restored.add(partition)
            self._notify(Restored(self._job.role, partition))

    def _own(self, partition: int, reader: Reader) -> int:
        """Restore the job's state. Return the first offset after both the committed one and the state's."""
        state_offset = self._job.restore(partition, reader) or 0
        committed = self._probe.committed(partition)
        low, high = self._probe.bounds(partition)
        if state_offset > high:
            log.error("the state is ahead of the topic", partition=partition, state=state_offset, end=high)
            state_offset = 0
        return max(committed if committed >= 0 else low, state_offset)

    def _due(self, records: Records) -> list[Work]:
        """Return the work of partitions with records, or with a due timer and no waiting record."""
        timers = [p for p in self._restored if p not in records and self._timer_due(p)]
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
        await self._delivery.deliver(batches)
        for batch, done in fitted:
            await self._on_thread(self._job.merge, batch)
            self.buffer.processed(done)
        await self._commit(batches)
        summaries, deliver_s = [batch.summary for batch in batches], monotonic() - computed
        self._notify(Delivered(self._job.role, summaries, computed - started, deliver_s, self._lag()))
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
        ends = {p: highwater(self._now()[0], self._topic, p) for p in self.buffer.next_offsets}
        return {p: max(0, ends[p] - offset) for p, offset in self.buffer.next_offsets.items()}

    async def _on_thread(self, blocking: Callable[..., Answer], *arguments: Any) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, blocking, *arguments)
