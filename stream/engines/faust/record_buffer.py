"""Records in: from Faust's agent through a bounded queue, each exactly once and in order, whatever Faust repeats or
leaves out."""

from __future__ import annotations

import asyncio
from typing import Any

from stream.engines.faust.broker_probe import BrokerProbe
from stream.wire.records import ConsumerRecord

Records = dict[int, list[ConsumerRecord]]


class Intake:
    """Keeps where each owned partition goes on (`next_offsets`); nothing of a partition it does not know passes."""

    def __init__(self, view: BrokerProbe, n_max: int) -> None:
        self._view, self._n_max = view, n_max
        self._queue: asyncio.Queue[Any] = asyncio.Queue(2 * n_max)
        self.next_offsets: dict[int, int] = {}

    async def put(self, message: Any) -> None:
        """Take a message of Faust's; waits while the carrier is behind."""
        await self._queue.put(message)

    async def take(self, wait_s: float) -> list[Any]:
        """Up to `n_max` messages: whatever is there, or the first to come within `wait_s`."""
        try:
            messages = [await asyncio.wait_for(self._queue.get(), wait_s)]
        except TimeoutError:
            return []
        while len(messages) < self._n_max and not self._queue.empty():
            messages.append(self._queue.get_nowait())
        return messages

    def in_order(self, messages: list[Any], generation: int) -> Records:
        """The records of owned partitions that were not seen before. Messages fetched before the last rebalance are
        dropped. Where offsets jump the broker is asked for what lies between: usually nothing. Blocks."""
        records: Records = {}
        expected = dict(self.next_offsets)
        for message in messages:
            partition, offset = message.partition, message.offset
            if message.generation_id != generation or offset < expected.get(partition, offset + 1):
                continue
            if offset > expected[partition]:
                missing = self._view.records(partition, expected[partition], offset)
                records.setdefault(partition, []).extend(missing)
            records.setdefault(partition, []).append(raw(message))
            expected[partition] = offset + 1
        return records

    def passed(self, records: list[ConsumerRecord]) -> None:
        """These records of a partition are done for."""
        if records:
            self.next_offsets[records[-1].partition] = records[-1].offset + 1


def raw(message: Any) -> ConsumerRecord:
    """A Faust message as a record; its time is in seconds there."""
    return ConsumerRecord(
        message.topic,
        message.partition,
        message.offset,
        round(message.timestamp * 1000),
        message.key,
        message.value,
        [(name, value or b"") for name, value in message.headers or ()],
    )
