"""A topic read to its end: the end may be announced in one chunk with the last records."""

from __future__ import annotations

from typing import Any, cast

from confluent_kafka import TopicPartition

from stream.kafka.broker_errors import ClientErrors
from stream.kafka.connection import Connection
from stream.kafka.partition_reader import Chunk, PartitionReader
from stream.kafka.reader import TopicReader


class Message:
    """A record of confluent-kafka's form."""

    def __init__(self, offset: int) -> None:
        self._offset = offset

    def topic(self) -> str:
        """Name on the cluster."""
        return "segments"

    def partition(self) -> int:
        """Number."""
        return 0

    def offset(self) -> int:
        """Place."""
        return self._offset

    def timestamp(self) -> tuple[int, int]:
        """Of the broker."""
        return 2, 0

    def key(self) -> bytes:
        """None of interest."""
        return b"k"

    def value(self) -> bytes:
        """None of interest."""
        return b"v"

    def headers(self) -> list[tuple[str, bytes]]:
        """None."""
        return []


class Chunks:
    """A reader that hands over prepared chunks."""

    def __init__(self, *chunks: Chunk) -> None:
        self._chunks = list(chunks)

    def read(self, n_max: int, wait_s: float) -> Chunk:
        """The next chunk; a read beyond the last one fails."""
        return self._chunks.pop(0)


def reader(*chunks: Chunk) -> TopicReader:
    """A reader of offsets 0 to 5, of which the last is a transaction's marker."""
    connection, bounds = Connection(), {("segments", 0): range(6)}
    source = cast("PartitionReader", Chunks(*chunks))
    return TopicReader(source, ClientErrors(connection), connection.namespace, bounds)


def messages(*offsets: int) -> list[Any]:
    return [Message(offset) for offset in offsets]


END = TopicPartition("segments", 0, 6)


def test_an_end_in_one_chunk_with_the_last_records_is_not_forgotten() -> None:
    found = reader(Chunk(messages(0, 1), []), Chunk(messages(2, 4), [END])).to_end()
    assert [read.offset for read in found] == [0, 1, 2, 4]


def test_records_after_an_end_are_read_on() -> None:
    source = reader(Chunk(messages(0, 6, 7), [END]), Chunk([], []))
    assert [read.offset for read in source.poll()] == [0, 6, 7]
    assert list(source.to_end()) == []
    assert source.starts == {("segments", 0): 0}
