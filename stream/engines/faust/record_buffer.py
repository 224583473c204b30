"""A bounded queue between Faust's agent and the processing loop.

Each record leaves the queue once and in order, although Faust repeats some and leaves some out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any, NamedTuple

from stream.engines.faust.broker_probe import BrokerProbe
from stream.wire.records import ConsumerRecord

_LOOK_AGAIN_S = 1.0  # between looks for records that Faust does not deliver

Records = dict[int, list[ConsumerRecord]]


class Work(NamedTuple):
    """Records of one partition, and the time its timers may reach; 0 while records wait."""

    partition: int
    records: list[ConsumerRecord]
    until_ms: int


class RecordBuffer:
    """A queue, with the next offset of each owned partition. Records of other partitions are dropped."""

    def __init__(self, probe: BrokerProbe, n_max: int, follow: Callable[[int, int], object]) -> None:
        """Create an empty buffer. `follow` takes a partition and an offset where no record is: perhaps one was lost."""
        self._probe, self._n_max, self._follow = probe, n_max, follow
        self._queue: asyncio.Queue[Any] = asyncio.Queue(2 * n_max)
        self.next_offsets: dict[int, int] = {}
        self._looked_s, self._at_last_look = monotonic(), dict[int, int]()

    async def put(self, message: Any) -> None:
        """Add a Faust message; wait while the queue is full."""
        await self._queue.put(message)

    async def take(self, wait_s: float) -> list[Any]:
        """Return queued messages, or the first to arrive within `wait_s`; at most `n_max`."""
        try:
            messages = [await asyncio.wait_for(self._queue.get(), wait_s)]
        except TimeoutError:
            return []
        while len(messages) < self._n_max and not self._queue.empty():
            messages.append(self._queue.get_nowait())
        return messages

    def in_order(self, messages: list[Any], generation: int) -> Records:
        """Return the new records of owned partitions. Blocks.

        Messages fetched before the last rebalance are dropped. Where offsets jump, the broker is asked for the records
        in between: usually none.
        """
        records: Records = {}
        expected = dict(self.next_offsets)
        for message in messages:
            partition, offset = message.partition, message.offset
            if message.generation_id != generation or offset < expected.get(partition, offset + 1):
                continue
            if offset > expected[partition]:
                missing = self._probe.records(partition, expected[partition], offset)
                if not missing or missing[0].offset > expected[partition]:
                    self._follow(partition, expected[partition])
                records.setdefault(partition, []).extend(missing)
            records.setdefault(partition, []).append(from_faust(message))
            expected[partition] = offset + 1
        return records

    def processed(self, records: list[ConsumerRecord]) -> None:
        """Advance the next offset past the records of one partition."""
        if records:
            self.next_offsets[records[-1].partition] = records[-1].offset + 1

    def overdue(self, lag: dict[int, int]) -> Records:
        """Return waiting records of partitions without a delivery from Faust since the last look. Blocks."""
        if monotonic() - self._looked_s < _LOOK_AGAIN_S:
            return {}
        before, self._at_last_look = self._at_last_look, dict(self.next_offsets)
        self._looked_s = monotonic()
        silent = [p for p, n in lag.items() if n and before.get(p) == self._at_last_look[p]]
        found = {p: self._left_out(p) for p in silent}
        return {p: records for p, records in found.items() if records}

    def _left_out(self, partition: int) -> list[ConsumerRecord]:
        """Return the records before the first open transaction. Pass over markers if nothing else is left."""
        offset, (_, end) = self.next_offsets[partition], self._probe.bounds(partition)
        records = self._probe.records(partition, offset, end, self._n_max) if offset < end else []
        if not records:
            self.next_offsets[partition] = max(offset, end)
        return records


def from_faust(message: Any) -> ConsumerRecord:
    """Return a Faust message as a record. Faust's timestamp is in seconds, or None: -1 ms, as in Kafka."""
    return ConsumerRecord(
        message.topic,
        message.partition,
        message.offset,
        -1 if message.timestamp is None else round(message.timestamp * 1000),
        message.key,
        message.value,
        [(name, value or b"") for name, value in message.headers or ()],
        message.timestamp_type == 0,  # Kafka's CreateTime
    )
