"""Every message is acknowledged before any state, and what a step changed is one record batch."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytest.importorskip("faust", reason="needs the extra `faust`")

from aiokafka.errors import KafkaError, MessageSizeTooLargeError, TopicAuthorizationFailedError
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from stream.engines.faust.delivery import STEP_BYTES_MAX, Delivery, fitting_batch
from stream.kafka.connection import Connection
from stream.kafka.undeliverable import UndeliverableError
from stream.runtime.job import Batch, BatchSummary
from stream.wire.records import ConsumerRecord, ProducerRecord
from stream.wire.state_records import Put
from stream.wire.topics import DEAD_LETTERS

N_PARTITIONS = 4
CHANGELOG = "state"


class Producer:
    """Acknowledges each batch a little later; `refuses` is the topic whose batches fail, those `above` a size."""

    def __init__(self, refuses: str = "", above: int = 0, error: type[KafkaError] = KafkaError) -> None:
        self.refuses, self.above, self.error = refuses, above, error
        self.sent, self.acknowledged = list[tuple[str, int, int]](), list[str]()

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(1_000_000, 0)

    async def partitions_for(self, _: str) -> set[int]:
        return set(range(N_PARTITIONS))

    async def send_batch(self, batch: BatchBuilder, topic: str, *, partition: int) -> asyncio.Task[None]:
        self.sent.append((topic, partition, batch.record_count()))
        return asyncio.create_task(self._acknowledge(topic, batch._builder.size()))

    async def _acknowledge(self, topic: str, n_bytes: int) -> None:
        await asyncio.sleep(0.01)
        if topic == self.refuses and n_bytes > self.above:
            raise self.error
        self.acknowledged.append(topic)


def batch(partition: int, n_puts: int, *keys: bytes) -> Batch[None]:
    puts = [Put(b"%d" % n, b"value") for n in range(n_puts)]
    messages = [ProducerRecord("changes", key, b"{}", [("ce_id", b"1")]) for key in keys]
    return Batch(partition, puts, messages, 1, None, BatchSummary(1, 0, 0))


async def delivered(producer: Any, *batches: Batch[None], prefix: str = "") -> None:
    await Delivery(Connection(topic_prefix=prefix), CHANGELOG, producer).deliver(batches)


def test_a_step_is_one_record_batch_in_its_own_partition() -> None:
    producer = Producer()
    asyncio.run(delivered(producer, batch(2, 5_000), batch(3, 7)))
    assert producer.sent == [(CHANGELOG, 2, 5_000), (CHANGELOG, 3, 7)]


def test_messages_are_acknowledged_before_state_is_sent() -> None:
    producer = Producer()
    asyncio.run(delivered(producer, batch(0, 1, b"ann", b"bob")))
    assert producer.acknowledged == ["changes"] * (len(producer.sent) - 1) + [CHANGELOG]
    assert producer.sent[-1][0] == CHANGELOG


def test_a_message_that_is_not_acknowledged_leaves_the_state_unsent() -> None:
    producer = Producer(refuses="changes")
    with pytest.raises(KafkaError):
        asyncio.run(delivered(producer, batch(0, 1, b"ann")))
    assert [topic for topic, *_ in producer.sent] == ["changes"]


def letters(*sizes: int) -> Batch[None]:
    made = [ProducerRecord(DEAD_LETTERS, b"ann", b"x" * n_bytes, []) for n_bytes in sizes]
    return Batch(0, [], made, 1, None, BatchSummary(1, 0, 0))


def test_dead_letters_are_cut_until_their_topic_takes_them() -> None:
    producer = Producer(refuses=DEAD_LETTERS, above=40_000, error=MessageSizeTooLargeError)
    asyncio.run(delivered(producer, letters(18_000_000, *[5_000] * 20)))
    taken = [n_records for _, _, n_records in producer.sent[-producer.acknowledged.count(DEAD_LETTERS) :]]
    assert sum(taken) == 21
    assert 1 < max(taken) <= 40_000 // 5_000


def test_what_the_cluster_refuses_for_good_names_the_topic() -> None:
    producer = Producer(refuses=CHANGELOG, error=TopicAuthorizationFailedError)
    with pytest.raises(UndeliverableError, match=r"^state refuses for good .*grant this user Write"):
        asyncio.run(delivered(producer, batch(0, 1, b"ann")))
    assert producer.acknowledged == ["changes"]


def test_messages_are_keyed_to_the_partition_of_javas_default_partitioner() -> None:
    producer = Producer()
    asyncio.run(delivered(producer, batch(0, 0, b"ann")))
    assert producer.sent == [("changes", (murmur2(b"ann") & 0x7FFFFFFF) % N_PARTITIONS, 1)]


def test_a_message_with_a_partition_goes_there_whatever_its_key() -> None:
    producer = Producer()
    by_key = (murmur2(b"ann") & 0x7FFFFFFF) % N_PARTITIONS
    elsewhere = (by_key + 1) % N_PARTITIONS
    message = ProducerRecord("user-events", b"ann", b"{}", [], partition=elsewhere)
    asyncio.run(delivered(producer, Batch(0, [], [message], 1, None, BatchSummary(1, 0, 0))))
    assert producer.sent == [("user-events", elsewhere, 1)]


def test_messages_and_state_go_to_topics_with_the_deployments_prefix() -> None:
    producer = Producer()
    asyncio.run(delivered(producer, batch(0, 1, b"ann"), prefix="eu."))
    assert producer.acknowledged == ["eu.changes", "eu." + CHANGELOG]


def test_a_step_too_large_for_one_batch_is_made_smaller() -> None:
    def process(partition: int, raws: list[ConsumerRecord], until_ms: int) -> Batch[None]:
        puts = [Put(b"k", b"x" * 300_000)] * len(raws)
        return Batch(partition, puts, [], None, None, BatchSummary(len(raws), None, 0))

    raws = [ConsumerRecord("t", 0, offset, 0, b"", b"", []) for offset in range(9)]
    made, done = fitting_batch(process, 0, raws, 0)
    assert len(done) == made.summary.n_records == 2
    assert sum(len(put.value or b"") for put in made.puts) < STEP_BYTES_MAX
