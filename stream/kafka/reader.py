"""Reading topics for the command line: committed records only, no consumer group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import NamedTuple

from stream.kafka.broker_errors import BrokerError, ClientErrors
from stream.kafka.connection import Connection
from stream.kafka.first_contact import existing_topics
from stream.kafka.namespace import Namespace
from stream.kafka.partition_reader import PartitionReader
from stream.kafka.records import from_confluent
from stream.wire.records import Headers

_CHUNK = 5_000  # records a read, or as many as arrive in time
_CHUNK_S = 0.05
_ASK_S = 5.0
_SILENCE_S = 8.0  # longest wait for a record before the end of a topic

Where = tuple[str, int]  # a topic, by local name, and a partition


class Read(NamedTuple):
    """A record of `topic`, by local name; `value` None is a tombstone."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class TopicReader:
    """A position in the opened topics: from `starts` on, to the `ends` of the committed records at the opening."""

    def __init__(
        self, reader: PartitionReader, errors: ClientErrors, namespace: Namespace, bounds: Mapping[Where, range]
    ) -> None:
        self._reader, self._errors, self._namespace = reader, errors, namespace
        self._next = {where: each.start for where, each in bounds.items()}
        self.starts = dict(self._next)
        self.ends = {where: each.stop for where, each in bounds.items()}

    @property
    def is_cut_off(self) -> bool:
        """True while no broker of the cluster can be reached, as far as the client reported it."""
        return self._errors.all_down

    def why_cut_off(self) -> str:
        """Return the sentence about it."""
        return self._errors.sentence()

    def to_end(self) -> Iterator[Read]:
        """Read every record before `ends`, each partition in order.

        Raise BrokerError when a record that must be there does not arrive for 8 s.
        """
        heard_s = monotonic()
        while any(self._next[where] < end for where, end in self.ends.items()):
            before = dict(self._next)
            yield from (read for read in self.poll() if read.offset < self.ends[read.topic, read.partition])
            if self._next != before:
                heard_s = monotonic()
            elif monotonic() - heard_s > _SILENCE_S:
                raise BrokerError(self._errors.sentence())

    def poll(self) -> list[Read]:
        """Return new records, or records arriving within 0.05 s. Raise KafkaException when reading cannot go on."""
        messages, ends = self._reader.read(_CHUNK, _CHUNK_S)
        found = [Read(self._namespace.localize(each.topic), *each[1:7]) for each in map(from_confluent, messages)]
        if found:
            self._errors.all_down = False
        for read in found:
            self._next[read.topic, read.partition] = read.offset + 1
        for end in ends:  # after the records: an end can come in one chunk with them, and a marker may lie in between
            where = self._namespace.localize(end.topic), end.partition
            self._next[where] = max(self._next[where], end.offset)
        return found


@contextmanager
def reading(
    connection: Connection,
    *topics: str,
    from_now_on: bool = False,
    from_offset: int = 0,
    partitions: Sequence[int] | None = None,
) -> Iterator[TopicReader]:
    """Open a reader at the beginning of the topics, or at `from_offset` if that is later, or at the end.

    It reads all partitions, or only `partitions`. Raise BrokerError when no broker answers, and TopicsError when a
    topic is missing.
    """
    errors = ClientErrors(connection)
    reader = PartitionReader(connection, errors=errors)
    try:
        bounds = {
            where: range(min(each.stop, max(each.start, from_offset)), each.stop)
            for where, each in _bounds(reader, connection, errors, topics, partitions).items()
        }
        for (topic, partition), each in bounds.items():
            reader.start(topic, {partition: each.stop if from_now_on else each.start})
        yield TopicReader(reader, errors, connection.namespace, bounds)
    finally:
        reader.close()


def _bounds(
    reader: PartitionReader,
    connection: Connection,
    errors: ClientErrors,
    topics: Sequence[str],
    partitions: Sequence[int] | None,
) -> dict[Where, range]:
    """Return the offsets of the committed records of the partitions of the topics, all of them by default."""
    n_partitions = existing_topics(reader.consumer, errors, connection.namespace, topics)
    places = [(topic, partition) for topic in topics for partition in partitions or range(n_partitions[topic])]
    return {place: range(*reader.bounds(*place, within_s=_ASK_S)) for place in places}
