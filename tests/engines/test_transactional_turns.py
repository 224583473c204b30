"""A turn that cannot be delivered is repeated with fewer records, until one fits."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event
from typing import Any, cast

import pytest

from stream.engines.transactional import engine as module
from stream.engines.transactional.engine import TransactionalEngine
from stream.engines.transactional.outbox import Aborted
from stream.kafka.connection import Connection
from stream.runtime.events import Delivered, EngineEvent, NotDelivered
from stream.runtime.job import Batch, BatchSummary
from stream.runtime.options import EngineOptions
from stream.wire.records import ConsumerRecord

N_RECORDS = 20


class Partition:
    """One partition of `N_RECORDS` records, as the engine's assignment."""

    def __init__(self, *_: Any) -> None:
        self.consumer, self.next_offset, self._position = None, 0, 0

    def subscribe(self) -> None: ...
    def follow_log(self) -> None: ...
    def close(self) -> None: ...
    def restore(self, _: float) -> None: ...

    def poll(self, n_max: int, _: float) -> dict[int, list[ConsumerRecord]]:
        first, self._position = self._position, min(N_RECORDS, self._position + n_max)
        made = [ConsumerRecord("t", 0, at, 0, b"", b"", []) for at in range(first, self._position)]
        return {0: made} if made else {}

    def restored(self) -> list[int]:
        return [0]

    def is_read_to_end(self, _: int) -> bool:
        return True

    def rewind(self, _: int) -> None:
        self._position = self.next_offset

    def delivered(self, _: int, next_offset: int) -> None:
        self.next_offset = next_offset

    def lag(self) -> dict[int, int]:
        return {0: N_RECORDS - self.next_offset}

    def positions(self) -> dict[int, int]:
        return {0: self.next_offset}


class Job:
    """A job that notes the records merged."""

    role, input_topic, changelog = "segment", "t", cast(Any, None)

    def __init__(self) -> None:
        self.merged: list[int] = []

    def prepare(self) -> bool:
        return True

    def process(self, partition: int, records: list[ConsumerRecord], _: int) -> Batch[list[int]]:
        offsets = [record.offset for record in records]
        return Batch(partition, [], [], offsets[-1] + 1, offsets, BatchSummary(len(offsets), None, 0))

    def merge(self, batch: Batch[list[int]]) -> None:
        self.merged += batch.result

    def discard(self, _: int) -> None: ...

    def next_due_ms(self, _: int) -> None:
        return None


class Delivery:
    """A delivery with room for 3 records a turn."""

    def start(self) -> None: ...
    def close(self) -> None: ...

    def deliver(self, batches: Sequence[Batch[list[int]]], _: Any) -> None:
        if sum(len(batch.result) for batch in batches) > 3:
            raise Aborted("the transaction timed out")


class Log:
    """A log without another topic under its name."""

    def stamp(self, _: object) -> None: ...
    def delivered(self, _: int) -> None: ...


def test_a_turn_too_large_to_be_delivered_becomes_smaller_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PartitionAssignment", Partition)
    monkeypatch.setattr(module, "InputLog", lambda *_: Log())
    monkeypatch.setattr(module, "_delivery", lambda *_: Delivery())
    job, stop, events = Job(), Event(), list[EngineEvent]()

    def observe(event: EngineEvent) -> None:
        events.append(event)
        if len(job.merged) == N_RECORDS:
            stop.set()

    options = EngineOptions(batch_records=8)
    TransactionalEngine(cast(Any, job), Connection(), options, observe, cast(Any, None)).run(stop)
    assert job.merged == list(range(N_RECORDS))
    delivered = [sum(batch.n_records for batch in event.batches) for event in events if isinstance(event, Delivered)]
    assert max(delivered) == 2
    assert sum(isinstance(event, NotDelivered) for event in events) >= 2
