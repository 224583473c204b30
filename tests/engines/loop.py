"""The processing loop among fakes: partitions of numbered records, a job, and deliveries that end when told.

Whatever happens, three things hold. A batch is computed on top of exactly the records before it. What was delivered
counts once, in order. After the loop a job's state is what was delivered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event
from typing import Any, cast

import pytest

from stream.engines.transactional import engine as module
from stream.engines.transactional.engine import TransactionalEngine
from stream.kafka.connection import Connection
from stream.runtime.events import EngineEvent
from stream.runtime.job import Batch, BatchSummary
from stream.runtime.options import EngineOptions
from stream.wire.records import ConsumerRecord

DEADLINE_S = 20.0
Delivered = dict[int, list[int]]  # offsets by partition


class FakeLog:
    """A log without another topic under its name."""

    def stamp(self, _: object) -> None: ...
    def delivered(self, _: int) -> None: ...


class FakeJob:
    """A job whose state is the offsets that it took in, with at most one staged batch a partition."""

    role, input_topic, changelog = "segment", "t", cast(Any, None)

    def __init__(self) -> None:
        self.state: Delivered = {}
        self.staged: dict[int, int] = {}  # length of the state before
        self.n_computed = 0
        self.on_process: Callable[[], object] = lambda: None

    def prepare(self) -> bool:
        return True

    def process(self, partition: int, records: list[ConsumerRecord], _: int) -> Batch[list[int]]:
        offsets = [record.offset for record in records]
        assert offsets[0] == len(self.state[partition]), "not on top of the records before"
        self.n_computed += 1
        self.on_process()
        return Batch(partition, [], [], offsets[-1] + 1, offsets, BatchSummary(len(offsets), None, 0))

    def stage(self, batch: Batch[list[int]]) -> None:
        assert batch.partition not in self.staged
        self.staged[batch.partition] = len(self.state[batch.partition])
        self.state[batch.partition] += batch.result

    def merge(self, batch: Batch[list[int]]) -> None:
        del self.staged[batch.partition]

    def discard(self, partition: int) -> None:
        before = self.staged.pop(partition, len(self.state[partition]))
        del self.state[partition][before:]

    def revoke(self, partition: int) -> None:
        del self.state[partition]
        self.staged.pop(partition, None)

    def next_due_ms(self, _: int) -> None:
        return None


class FakeDelivery:
    """A delivery of offsets. `fails` raises what the attempt of this number meets; `holds` may wait before the end."""

    def __init__(self) -> None:
        self.done: Delivered = {}
        self.n_begun, self.under_way, self.closed = 0, 0, False
        self.fails: Callable[[int], Exception | None] = lambda _: None
        self.holds: Callable[[int], object] = lambda _: None

    def start(self) -> None: ...

    def close(self) -> None:
        assert self.under_way == 0, "a delivery is under way"
        self.closed = True

    def begin(self, batches: Sequence[Batch[list[int]]], _: Any) -> Callable[[], None]:
        number, self.n_begun = self.n_begun, self.n_begun + 1
        return lambda: self._deliver(number, batches)

    def _deliver(self, number: int, batches: Sequence[Batch[list[int]]]) -> None:
        self.under_way += 1
        assert self.under_way == 1, "two deliveries at a time"
        try:
            self.holds(number)
            failure = self.fails(number)
            if failure is not None:
                raise failure
            for batch in batches:
                self.done.setdefault(batch.partition, []).extend(batch.result)
        finally:
            self.under_way -= 1


class FakePartitions:
    """Partitions of `n_records` records each, as the engine's assignment; `on_poll` may revoke or assign some."""

    def __init__(self, loop: Loop, partitions: Sequence[int]) -> None:
        self._loop, self.consumer = loop, None
        self.next_offsets: dict[int, int] = {}
        self._positions: dict[int, int] = {}
        self._let_go: Callable[[list[int]], object] = lambda _: None
        for partition in partitions:
            self.assign(partition)

    def assign(self, partition: int) -> None:
        """Begin where the deliveries ended, with the state that they left."""
        before = list(self._loop.delivery.done.get(partition, []))
        self._loop.job.state[partition] = before
        self.next_offsets[partition] = self._positions[partition] = len(before)

    def revoke(self, partition: int) -> None:
        """Let a partition go, as Kafka does inside a poll."""
        self._let_go([partition])
        assert self._loop.delivery.under_way == 0, "a delivery is under way"
        self._loop.job.revoke(partition)
        del self.next_offsets[partition], self._positions[partition]

    def subscribe(self, let_go: Callable[[list[int]], object]) -> None:
        self._let_go = let_go

    def follow_log(self, _: object) -> None: ...
    def restore(self, _: float) -> None: ...
    def close(self) -> None: ...

    def poll(self, n_max: int, _: float) -> dict[int, list[ConsumerRecord]]:
        self._loop.on_poll()
        found = {}
        for partition, first in self._positions.items():
            end = self._positions[partition] = min(self._loop.n_records, first + n_max)
            if end > first:
                found[partition] = [ConsumerRecord("t", partition, at, 0, b"", b"", []) for at in range(first, end)]
        return found

    def restored(self) -> list[int]:
        return list(self.next_offsets)

    def is_read_to_end(self, _: int) -> bool:
        return True

    def rewind(self, partition: int) -> None:
        self._positions[partition] = self.next_offsets[partition]

    def delivered(self, partition: int, next_offset: int) -> None:
        self.next_offsets[partition] = next_offset

    def lag(self) -> dict[int, int]:
        return {}

    positions = lag


class Loop:
    """A loop over fakes. It stops when all records of the owned partitions are delivered and merged."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, n_records: int = 20, partitions: Sequence[int] = (0,)) -> None:
        self.n_records, self.stop, self.events = n_records, Event(), list[EngineEvent]()
        self.job, self.delivery = FakeJob(), FakeDelivery()
        self.partitions = FakePartitions(self, partitions)
        self.on_poll: Callable[[], object] = lambda: None
        monkeypatch.setattr(module, "PartitionAssignment", lambda *_: self.partitions)
        monkeypatch.setattr(module, "InputLog", lambda *_: FakeLog())
        monkeypatch.setattr(module, "_delivery", lambda *_: self.delivery)
        monkeypatch.setattr(module, "_PAUSE_MIN_S", 1e-6)

    def run(self, batch_records: int = 4) -> None:
        """Run to the end. Check that the state is what was delivered, each record once and in order."""
        options = EngineOptions(batch_records=batch_records)
        engine = TransactionalEngine(cast(Any, self.job), Connection(), options, self._observe, cast(Any, None))
        engine.run(self.stop)
        self.check()

    def check(self) -> None:
        """Check what holds at every end."""
        assert self.delivery.closed
        assert self.job.staged == {}
        for delivered in self.delivery.done.values():
            assert delivered == list(range(len(delivered)))
        for partition, state in self.job.state.items():
            assert state == self.delivery.done.get(partition, [])

    def _observe(self, event: EngineEvent) -> None:
        self.events.append(event)
        ends = self.partitions.next_offsets.values()
        if ends and all(end == self.n_records for end in ends):
            self.stop.set()
