"""Sending at least once: messages, each acknowledged, then the changelog records of a partition as one record batch.

A log holds a record batch as a whole or not at all, so a crash leaves the state exactly before or after a step.
Faust's own producer can do neither: a failed send is only a warning there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from stream.kafka.connection import Connection
from stream.kafka.letter_size import LetterSize
from stream.kafka.undeliverable import REMEDIES, TOO_LARGE, UndeliverableError
from stream.runtime.job import Batch, Result
from stream.wire.dead_letters import framed_bytes
from stream.wire.placement import partition_of
from stream.wire.records import ConsumerRecord, Headers, ProducerRecord
from stream.wire.state_records import Put
from stream.wire.topics import DEAD_LETTERS, PRODUCED_BYTES_MAX

STEP_BYTES_MAX = 800_000  # of puts; a topic takes batches up to 1,048,588 bytes, records have up to 30 bytes of frame
_BATCH_BYTES = 1_000_000
_FRAME_BYTES = 30

Record = tuple[bytes | None, bytes | None, Headers]
Process = Callable[[int, list[ConsumerRecord], int], Batch[Result]]


def puts_bytes(puts: Iterable[Put]) -> int:
    """Return an upper bound of the puts' size in a record batch."""
    return sum(_FRAME_BYTES + len(put.key) + len(put.value or b"") for put in puts)


def fitting_batch(
    process: Process[Result], partition: int, records: list[ConsumerRecord], until_ms: int
) -> tuple[Batch[Result], list[ConsumerRecord]]:
    """Return a batch with puts for at most one record batch, and the processed records.

    The records are halved until the batch fits.
    """
    batch = process(partition, records, until_ms)
    while puts_bytes(batch.puts) > STEP_BYTES_MAX and len(records) > 1:
        records = records[: len(records) // 2]
        batch = process(partition, records, until_ms)
    return batch, records


class Delivery:
    """A delivery through one idempotent producer, in the order of each partition."""

    def __init__(self, connection: Connection, changelog: str, producer: Any = None) -> None:
        """Create a producer inside a running event loop, unless one is given. `changelog` is a local topic name."""
        self._namespace, self._changelog = connection.namespace, changelog
        self._letters = LetterSize()
        self._producer = producer or AIOKafkaProducer(
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
        """Send every message, wait for the acknowledgement, and do the same for every put.

        Dead letters are cut until their topic takes them. Raise KafkaError, or UndeliverableError for what the cluster
        refuses for good.
        """
        messages = [message for batch in batches for message in batch.messages]
        await self._send_messages([message for message in messages if message.topic != DEAD_LETTERS])
        await self._send_letters([message for message in messages if message.topic == DEAD_LETTERS])
        puts: dict[tuple[str, int], list[Record]] = {}
        for batch in batches:
            records: list[Record] = [(put.key, put.value, []) for put in batch.puts]
            puts.setdefault((self._namespace.qualify(self._changelog), batch.partition), []).extend(records)
        await self._send_all(puts)

    async def close(self) -> None:
        """Disconnect."""
        await self._producer.stop()

    async def _send_messages(self, messages: Sequence[ProducerRecord]) -> None:
        by_partition: dict[tuple[str, int], list[Record]] = {}
        for message in messages:
            topic = self._namespace.qualify(message.topic)
            partition = message.partition
            if partition is None:
                partition = await self._partition(topic, message.key)
            by_partition.setdefault((topic, partition), []).append((message.key, message.value, message.headers))
        await self._send_all(by_partition)

    async def _send_letters(self, letters: Sequence[ProducerRecord]) -> None:
        """Send letters in batches that their topic takes; a limit smaller than Segue's is found by trial."""
        while letters:
            fitting = [self._letters.fit(letter) for letter in letters]
            ends = accumulate(framed_bytes(letter) for letter in fitting)
            n = max(1, sum(end <= min(STEP_BYTES_MAX, self._letters.bytes_max) for end in ends))
            try:
                await self._send_messages(fitting[:n])
                letters = letters[n:]
            except UndeliverableError as error:
                if error.code != TOO_LARGE or not self._letters.halve():
                    raise

    async def _send_all(self, by_partition: Mapping[tuple[str, int], list[Record]]) -> None:
        waiting: list[asyncio.Future[Any]] = []
        topics: list[str] = []
        for (topic, partition), records in by_partition.items():
            waiting += await self._send(topic, partition, records)
            topics += [topic] * (len(waiting) - len(topics))
        for topic, answer in zip(topics, await asyncio.gather(*waiting, return_exceptions=True), strict=True):
            if isinstance(answer, BaseException):
                raise for_good(topic, answer) from answer

    async def _partition(self, topic: str, key: bytes | None) -> int:
        try:
            n_partitions = len(await self._producer.partitions_for(topic))
        except KafkaError as error:
            raise for_good(topic, error) from error
        return partition_of(key, n_partitions)

    async def _send(self, topic: str, partition: int, records: list[Record]) -> list[asyncio.Future[Any]]:
        """Send the records in as few batches as possible: one, below `STEP_BYTES_MAX`."""
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


def for_good(topic: str, error: BaseException) -> BaseException:
    """Return an UndeliverableError if the topic would refuse the same at every attempt, else `error`."""
    code = getattr(error, "errno", None)
    return error if code is None or code not in REMEDIES else UndeliverableError(topic, code, str(error))
