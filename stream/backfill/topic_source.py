"""The past from a topic: each partition in its own order, merged by event time, up to a fixed end.

A partition's time is the largest event time so far, as on a worker's event clock. So the order depends on the records
alone, not on how they were fetched.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import closing
from heapq import merge

from stream.backfill.source import BackfillError
from stream.core.event import Event
from stream.kafka.connection import Connection
from stream.kafka.partition_reader import PartitionReader
from stream.kafka.records import from_confluent
from stream.wire.event_decoder import EventDecoder
from stream.wire.records import ConsumerRecord

BUFFERED = 5_000  # records of one partition that wait for slower ones; then its fetches stop
_CHUNK = 2_000
_WAIT_S = 1.0

Timed = tuple[int, ConsumerRecord]


class TopicSource:
    """A topic by local name, within `bounds` of each partition."""

    def __init__(
        self, connection: Connection, topic: str, decoder: EventDecoder, bounds: tuple[tuple[int, int], ...]
    ) -> None:
        self.name, self.bounds = topic, bounds
        self._connection, self._decoder = connection, decoder

    def read(self) -> Iterator[ConsumerRecord]:
        """Yield the records, merged by time; of equal times the lower partition comes first."""
        with closing(PartitionReader(self._connection, prompt=True)) as reader:
            fetched = _Fetched(reader, self.name, self.bounds)
            streams = [self._timed(fetched, partition) for partition in range(len(self.bounds))]
            for _, record in merge(*streams, key=lambda timed: timed[0]):
                yield record

    def digest(self, content: bytes) -> str:
        """Return the topic's name."""
        return self.name

    def _timed(self, fetched: _Fetched, partition: int) -> Iterator[Timed]:
        time_ms = 0
        while (record := fetched.next(partition)) is not None:
            content = self._decoder.decode(record)
            time_ms = max(time_ms, content.time_ms) if isinstance(content, Event) else time_ms
            yield time_ms, record


class _Fetched:
    """Records fetched and not taken yet, by partition."""

    def __init__(self, reader: PartitionReader, topic: str, bounds: tuple[tuple[int, int], ...]) -> None:
        self._reader, self._topic = reader, topic
        self._ends = dict(enumerate(end for _, end in bounds))
        self._waiting: dict[int, deque[ConsumerRecord]] = {p: deque() for p in self._ends}
        self._next = {p: first for p, (first, end) in enumerate(bounds) if first < end}  # partitions not at the end
        self._fetching: set[int] = set()
        self._fetch(list(self._next))

    def next(self, partition: int) -> ConsumerRecord | None:
        """Return the next record of a partition; None at the end."""
        waiting = self._waiting[partition]
        while not waiting and partition in self._next:
            self._fetch([partition] if partition not in self._fetching else [])
            self._read()
        return waiting.popleft() if waiting else None

    def _read(self) -> None:
        messages, ends = self._reader.read(_CHUNK, _WAIT_S)
        for message in messages:
            self._take(from_confluent(message))
        for end in ends:
            if end.partition in self._next and end.offset >= self._ends[end.partition]:
                self._close(end.partition)
        full = [p for p in self._fetching if len(self._waiting[p]) >= BUFFERED]
        self._stop(full)

    def _take(self, record: ConsumerRecord) -> None:
        partition = record.partition
        if partition not in self._fetching:
            return
        if record.offset < self._ends[partition]:
            self._waiting[partition].append(record)
            self._next[partition] = record.offset + 1
        if record.offset + 1 >= self._ends[partition]:
            self._close(partition)

    def _fetch(self, partitions: list[int]) -> None:
        self._reader.start(self._topic, {p: self._next[p] for p in partitions})
        self._fetching.update(partitions)

    def _stop(self, partitions: list[int]) -> None:
        if partitions:
            self._reader.stop(self._topic, partitions)
        self._fetching.difference_update(partitions)

    def _close(self, partition: int) -> None:
        self._stop([partition])
        del self._next[partition]


def topic_bounds(connection: Connection, topic: str, n_partitions: int) -> tuple[tuple[int, int], ...]:
    """Return the first offset of each partition, and the end of its committed records."""
    with closing(PartitionReader(connection)) as reader:
        return tuple(reader.bounds(topic, partition) for partition in range(n_partitions))


def check_kept(source: str, began: tuple[tuple[int, int], ...], now: tuple[tuple[int, int], ...]) -> None:
    """Raise BackfillError if records of a past that was begun are gone, by retention or with the topic."""
    for partition, ((first, end), (kept_first, kept_end)) in enumerate(zip(began, now, strict=True)):
        if first < end and (kept_first > first or kept_end < end):
            raise BackfillError(
                f"the backfill began with the offsets {first} to {end} of partition {partition} of {source}, which now "
                f"has {kept_first} to {kept_end}: it can not go on; `segue backfill --restart` begins again"
            )
