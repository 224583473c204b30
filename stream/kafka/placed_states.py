"""Checking, before a worker processes anything, that every partition of the changelog was written for this number.

A partition's record is the last one of each delivery, so the ends of the logs tell.
"""

from __future__ import annotations

from collections.abc import Callable

from stream.kafka.admin import check_topics
from stream.kafka.connection import Connection
from stream.kafka.partition_reader import PartitionReader
from stream.wire.placement import Placement
from stream.wire.state_records import PARTITION_KEY, PartitionRecord, check_format, decode_partition
from stream.wire.topics import changelog

_TAILS = (200, 20_000, 1 << 62)  # offsets before the end: the first nearly always suffices
_CHUNK = 5_000
_CHUNK_S = 0.5


def placement_of(connection: Connection, group: str, warn: Callable[[str], object]) -> Placement:
    """Return the partitions of `user-events`, once topics and states are checked; warn of dangerous settings.

    Raise TopicsError, or MisplacedStateError.
    """
    placement = check_topics(connection, group, warn)
    check_placed_states(connection, group, placement)
    return placement


def check_placed_states(connection: Connection, group: str, placement: Placement) -> None:
    """Raise MisplacedStateError unless all states were placed among as many partitions as `user-events` has."""
    for partition, record in partition_records(connection, group, placement.n_partitions).items():
        placement.check_states(partition, record.n_partitions, ())


def partition_records(connection: Connection, group: str, n_partitions: int) -> dict[int, PartitionRecord]:
    """Return the newest record of each partition of a changelog that has one."""
    topic, found = changelog(group).name, dict[int, PartitionRecord]()
    reader = PartitionReader(connection, prompt=True)
    try:
        bounds = {p: reader.bounds(topic, p) for p in range(n_partitions)}
        for tail in _TAILS:
            starts = {p: max(low, high - tail) for p, (low, high) in bounds.items() if p not in found and high > low}
            found |= _newest(reader, topic, starts)
    finally:
        reader.close()
    return found


def _newest(reader: PartitionReader, topic: str, starts: dict[int, int]) -> dict[int, PartitionRecord]:
    """Return the newest record of each partition from an offset on, read to the end."""
    found, waiting = dict[int, PartitionRecord](), set(starts)
    reader.start(topic, starts)
    while waiting:
        chunk = reader.read(_CHUNK, _CHUNK_S)
        for message in chunk.messages:
            value = message.value()
            if message.key() == PARTITION_KEY and value is not None:
                found[message.partition() or 0] = check_format(decode_partition(value))
        waiting -= {end.partition for end in chunk.ends}
    reader.stop(topic, list(starts))
    return found
