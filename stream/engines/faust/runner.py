"""The loop inside the Faust app: restore, take records, compute, deliver, merge, commit.

Computing, and whatever else blocks, runs on one thread of its own, so that heartbeats go on. Kafka gives and takes
partitions between turns only. Whatever fails ends the process with nothing acknowledged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, time
from typing import Any, Generic, TypeVar

import structlog

from stream.engines.faust.broker_probe import BrokerProbe
from stream.engines.faust.delivery import STEP_BYTES_MAX, Delivery, n_bytes
from stream.engines.faust.record_buffer import Intake, Records
from stream.engines.faust.workarounds import commit, end_process, highwater
from stream.kafka.changelog import ChangelogRestorer
from stream.kafka.connection import Connection
from stream.runtime.events import Assigned, ClientWarning, Delivered, Idle, Observer, Restored, Revoked
from stream.runtime.job import Batch, Job, Reader, Result
from stream.runtime.options import EngineOptions
from stream.wire.records import ConsumerRecord

_RESTORE_S = 0.2
_NOT_READY_S = 0.05
_LOOK_AGAIN_S = 1.0  # between looks whether Faust is silent about records that wait

Answer = TypeVar("Answer")

log = structlog.get_logger()


class JobRunner(Generic[Reader, Result]):
    """Carries one job; `now` tells Faust's consumer and the group's generation. Made inside a running loop."""

    def __init__(
        self,
        job: Job[Reader, Result],
        connection: Connection,
        options: EngineOptions,
        observer: Observer,
        now: Callable[[], tuple[Any, int]],
    ) -> None:
        self._job, self._options, self._tell = job, options, observer
        self._now = now
        self._view = BrokerProbe(connection, job.input_topic, options.group_of(job.role))
        self._restoring = ChangelogRestorer(connection, job.changelog.name, job.state_reader)
        self._delivery = Delivery(connection, job.changelog.name)
        self.intake = Intake(self._view, options.batch_records)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"{job.role}-step")
        self._between_turns = asyncio.Lock()
        self._owned: set[int] = set()
        self._restored: set[int] = set()
        self._committed: dict[int, int] = {}
        self._looked_s, self._at_last_look = monotonic(), dict[int, int]()
        self._stopping, self._stopped = asyncio.Event(), asyncio.Event()
        self._stopped.set()

    async def run(self) -> None:
        """Carry until `stop`; ends the process when anything fails."""
        self._stopped.clear()
        try:
            await self._delivery.start()
            while not self._stopping.is_set() and not await self._apart(self._job.prepare):
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
        """Finish the turn in hand. Harmless twice."""
        was_stopping = self._stopping.is_set()
        self._stopping.set()
        await self._stopped.wait()
        if was_stopping:
            return
        await self._apart(self._restoring.close)
        await self._apart(self._view.close)
        self._thread.shutdown()

    async def assigned(self, partitions: list[int]) -> None:
        """Begin to restore what came."""
        async with self._between_turns:
            if self._stopping.is_set():
                return
            if partitions:
                await self._apart(self._restoring.begin, partitions)
            self._owned = set(partitions)
            self._tell(Assigned(self._job.role, partitions))

    async def revoked(self, partitions: list[int]) -> None:
        """Forget what went, after the turn in hand."""
        async with self._between_turns:
            if self._stopping.is_set():
                return
            self._owned -= set(partitions)
            await self._apart(self._restoring.cancel, partitions)
            for partition in partitions:
                self._job.revoke(partition)
                self._restored.discard(partition)
                self.intake.next_offsets.pop(partition, None)
                self._committed.pop(partition, None)
            self._tell(Revoked(self._job.role, partitions))

    async def _turn(self) -> None:
        await self._apart(self._job.prepare)
        if self._owned - self._restored:
            await self._restore()
            self._tell(Idle(self._job.role, self._lag()))
            return
        messages = await self.intake.take(self._options.poll_ms / 1000)
        records = await self._apart(self.intake.in_order, messages, self._now()[1])
        work = await self._apart(self._due, records or await self._overdue())
        if not work:
            self._tell(Idle(self._job.role, self._lag()))
        while work:
            work = await self._carry(work)

    async def _restore(self) -> None:
        for partition, reader in await self._apart(self._restoring.advance, _RESTORE_S):
            self.intake.next_offsets[partition] = await self._apart(self._adopt, partition, reader)
            self._restored.add(partition)
            self._tell(Restored(self._job.role, partition))

    def _adopt(self, partition: int, reader: Reader) -> int:
        """Where consumption goes on: after what the group committed and after what the state knows already."""
        state_offset = self._job.restore(partition, reader) or 0
        committed = self._view.committed([partition])[partition]
        low, high = self._view.ends(partition)
        if state_offset > high:
            log.error("the state is ahead of the topic", partition=partition, state=state_offset, end=high)
            state_offset = 0
        return max(committed if committed >= 0 else low, state_offset)

    def _due(self, records: Records) -> list[tuple[int, list[ConsumerRecord], int]]:
        """Partitions with records, or with a timer that is due and no record before it: records, and until when."""
        timers = [p for p in self._restored if p not in records and self._timer_due(p)]
        return [(p, raws, 0) for p, raws in records.items()] + [(p, [], int(time() * 1000)) for p in timers]

    def _timer_due(self, partition: int) -> bool:
        due_ms = self._job.next_due_ms(partition)
        if due_ms is None or due_ms > time() * 1000:
            return False
        return self._view.is_read_to_end(partition, self.intake.next_offsets[partition])

    async def _carry(
        self, work: list[tuple[int, list[ConsumerRecord], int]]
    ) -> list[tuple[int, list[ConsumerRecord], int]]:
        """Make a turn of the work true; returns what did not fit into it."""
        started = monotonic()
        fitted = [await self._apart(self._fit, *each) for each in work]
        computed = monotonic()
        batches = [batch for batch, _ in fitted]
        await self._delivery.deliver(batches)
        for batch, done in fitted:
            await self._apart(self._job.merge, batch)
            self.intake.passed(done)
        await self._commit(batches)
        self._tell(
            Delivered(
                self._job.role, [b.summary for b in batches], computed - started, monotonic() - computed, self._lag()
            )
        )
        return [
            (p, raws[len(done) :], until)
            for (p, raws, until), (_, done) in zip(work, fitted, strict=True)
            if len(done) < len(raws)
        ]

    def _fit(
        self, partition: int, raws: list[ConsumerRecord], until_ms: int
    ) -> tuple[Batch[Result], list[ConsumerRecord]]:
        """A step whose changes fit into one record batch, and the records it took: half as many until they do."""
        batch = self._job.process(partition, raws, until_ms)
        while n_bytes(batch.puts) > STEP_BYTES_MAX and len(raws) > 1:
            raws = raws[: len(raws) // 2]
            batch = self._job.process(partition, raws, until_ms)
        return batch, raws

    async def _commit(self, batches: list[Batch[Result]]) -> None:
        new = {b.partition: b.next_offset for b in batches if b.next_offset is not None}
        new = {p: offset for p, offset in new.items() if self._committed.get(p) != offset}
        if not new:
            return
        reason = await commit(self._now()[0], self._job.input_topic, new)
        if reason is None:
            self._committed |= new
        else:
            self._tell(ClientWarning(self._job.role, f"not committed: {reason}"))

    async def _overdue(self) -> Records:
        """Records that wait, though Faust was silent about their partition since the last look."""
        if monotonic() - self._looked_s < _LOOK_AGAIN_S:
            return {}
        before, self._at_last_look = self._at_last_look, dict(self.intake.next_offsets)
        self._looked_s = monotonic()
        silent = [p for p, lag in self._lag().items() if lag and before.get(p) == self._at_last_look[p]]
        found = {p: await self._apart(self._left_out, p) for p in silent}
        return {p: raws for p, raws in found.items() if raws}

    def _left_out(self, partition: int) -> list[ConsumerRecord]:
        """What a partition has, up to the first open transaction. Where only markers are left, they are passed over."""
        offset, (_, end) = self.intake.next_offsets[partition], self._view.ends(partition)
        records = self._view.records(partition, offset, end, self._options.batch_records) if offset < end else []
        if not records:
            self.intake.next_offsets[partition] = max(offset, end)
        return records

    def _lag(self) -> dict[int, int]:
        ends = {p: highwater(self._now()[0], self._job.input_topic, p) for p in self.intake.next_offsets}
        return {p: max(0, ends[p] - offset) for p, offset in self.intake.next_offsets.items()}

    async def _apart(self, blocking: Callable[..., Answer], *arguments: Any) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, blocking, *arguments)
