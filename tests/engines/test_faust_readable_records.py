"""A record that aiokafka cannot read stops no partition: the rest of its batch is left to another client."""

from __future__ import annotations

import pytest

pytest.importorskip("faust", reason="needs the extra `faust`")

from aiokafka.consumer.fetcher import READ_COMMITTED, PartitionRecords
from aiokafka.structs import TopicPartition
from kafka.record.default_records import DefaultRecordBatchBuilder

from stream.engines.faust.readable_records import ReadableRecords
from tests.kafka.raw_names import raw_name


def batch(first: int, *names: bytes) -> bytes:
    """A record batch from this offset on, one record a name of a header."""
    builder = DefaultRecordBatchBuilder(2, 0, False, -1, -1, -1, 1_000_000)
    for at, name in enumerate(names):
        assert builder.append(at, 0, b"k", b"v", [(raw_name(name), b"1")])
    made = builder.build()
    made[:8] = first.to_bytes(8, "big")
    return bytes(made)


def read(records: ReadableRecords) -> tuple[list[int], int]:
    """The offsets read, and the offset of the next fetch."""
    partition = TopicPartition("t", 0)
    reading = PartitionRecords(partition, records, [], 0, None, None, True, READ_COMMITTED)
    return [record.offset for record in reading], reading.next_fetch_offset


def test_a_batch_ends_before_the_record_and_the_next_batch_follows() -> None:
    data = batch(0, b"a", b"caf\xe9", b"b") + batch(3, b"a", b"b")
    assert read(ReadableRecords(data)) == ([0, 3, 4], 5)


def test_the_next_fetch_is_after_a_batch_that_cannot_be_read_at_all() -> None:
    assert read(ReadableRecords(batch(7, b"caf\xe9", b"a"))) == ([], 9)


def test_sizes_are_those_of_the_fetch() -> None:
    data = batch(0, b"a")
    assert ReadableRecords(data).size_in_bytes() == len(data)
    assert not ReadableRecords(b"").has_next()
