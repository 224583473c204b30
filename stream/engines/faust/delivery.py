"""Sending at least once: messages, each acknowledged; then what a partition's step changed, as ONE record batch.

A record batch is in the log whole or not at all, so after a crash a state is exactly before or after a step. Faust's
own producer can do neither: a failed send is a warning there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.producer.message_accumulator import BatchBuilder

from stream.kafka.connection import Connection
from stream.runtime.job import Batch, Result
from stream.wire.records import Headers
from stream.wire.state_records import Put
from stream.wire.topics import PRODUCED_BYTES_MAX

STEP_BYTES_MAX = 800_000  # of puts; a topic takes batches up to 1,048,588 bytes, records have up to 30 bytes of frame
_BATCH_BYTES = 1_000_000
_FRAME_BYTES = 30

Record = tuple[bytes | None, bytes | None, Headers]


def n_bytes(puts: Iterable[Put]) -> int:
    """About how large the puts are on the wire, at most."""
    return sum(_FRAME_BYTES + len(put.key) + len(put.value or b"") for put in puts)


class Delivery:
    """One idempotent producer, which orders and repeats within each partition by itself."""

    def __init__(self, connection: Connection, changelog: str) -> None:
        """Inside a running loop."""
        self._changelog = changelog
        self._partition_of = DefaultPartitioner()  # murmur2, as Java clients
        self._producer = AIOKafkaProducer(
            **connection.aiokafka(),
            enable_idempotence=True,
            acks="all",
            max_batch_size=_BATCH_BYTES,
            max_request_size=PRODUCED_BYTES_MAX,
        )

    async def start(self) -> None:
        """Connect."""
        await self._producer.start()

    async def deliver(self, batches: Sequence[Batch[Result]]) -> None:
        """Every message acknowledged, then every state; raises KafkaError when that can not be."""
        await self._send_messages(batches)
        waiting: list[asyncio.Future[Any]] = []
        for batch in batches:
            records: list[Record] = [(put.key, put.value, []) for put in batch.puts]
            waiting += await self._send(self._changelog, batch.partition, records)
        await asyncio.gather(*waiting)

    async def close(self) -> None:
        """Nothing is open between turns."""
        await self._producer.stop()

    async def _send_messages(self, batches: Sequence[Batch[Result]]) -> None:
        by_place: dict[tuple[str, int], list[Record]] = {}
        for batch in batches:
            for message in batch.messages:
                place = message.topic, await self._place(message.topic, message.key)
                by_place.setdefault(place, []).append((message.key, message.value, message.headers))
        waiting: list[asyncio.Future[Any]] = []
        for (topic, partition), records in by_place.items():
            waiting += await self._send(topic, partition, records)
        await asyncio.gather(*waiting)

    async def _place(self, topic: str, key: bytes | None) -> int:
        partitions = sorted(await self._producer.partitions_for(topic))
        return int(self._partition_of(key, partitions, partitions))

    async def _send(self, topic: str, partition: int, records: list[Record]) -> list[asyncio.Future[Any]]:
        """The records in as few batches as they need: one, below `STEP_BYTES_MAX`."""
        waiting, builder = [], self._producer.create_batch()
        for record in records:
            if not _append(builder, record):
                waiting.append(await self._producer.send_batch(builder, topic, partition=partition))
                builder = self._producer.create_batch()
                _append(builder, record)
        if builder.record_count():
            waiting.append(await self._producer.send_batch(builder, topic, partition=partition))
        return waiting


def _append(builder: BatchBuilder, record: Record) -> bool:
    key, value, headers = record
    return builder.append(key=key, value=value, timestamp=None, headers=headers) is not None
