"""The topics of a deployment, read for the past of users; a second question reads only what is new."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import msgspec

from stream.core.event import Content, Declaration, Erasure, Event, Record
from stream.core.policy import Clock, Policy
from stream.explain.changelog import PartitionProgress
from stream.explain.model_shelf import ModelShelf
from stream.explain.past import PartitionClock, Past
from stream.kafka.connection import Connection
from stream.kafka.reader import Read, TopicReader, reading
from stream.wire.changes import SegmentChange
from stream.wire.event_decoder import EventDecoder
from stream.wire.placement import partition_of
from stream.wire.records import ConsumerRecord
from stream.wire.topics import SEGMENT_CHANGES, SEGMENT_MODEL, USER_EVENTS, USER_SEGMENTS, changelog

Shown = Callable[[Iterator[Read], int, str], Iterator[Read]]  # records with their number, passed on as they are read

_KNOWN_MAX = 32  # users whose records are kept: people ask for one change after another of a user

_home = lru_cache(maxsize=1 << 18)(partition_of)


class PartitionPast(NamedTuple):
    """A past of some users of a partition, with the progress of the partition.

    `first_offset` is that of the log's first record: above 0, older records are gone. `n_waiting` records of the users
    are not processed yet. `state` has the records of a single user's state in the changelog, as of the progress.
    """

    past: Past
    progress: PartitionProgress
    first_offset: int
    n_waiting: int = 0
    state: Mapping[bytes, bytes] = {}


def passed_on(reads: Iterator[Read], total: int, what: str) -> Iterator[Read]:
    """Yield the records without showing anything."""
    return reads


class DeploymentLog:
    """A reader of a deployment's topics. Clocks and switches of partitions, and records of the last users, are kept."""

    def __init__(
        self, connection: Connection, group: str, decoder: EventDecoder, policy: Policy, show: Shown = passed_on
    ) -> None:
        self._connection, self._changelog, self._decoder = connection, changelog(group).name, decoder
        self._is_wall, self._show = policy.clock is Clock.WALL, show
        self._clocks: dict[int, PartitionClock] = {}
        self._progress: dict[int, PartitionProgress] = {}
        self._known: dict[tuple[int | str, ...], PartitionPast] = {}  # of one user each, the last asked last

    def n_partitions(self) -> int:
        """Return the number of partitions of `user-events`. Raise TopicsError or BrokerError."""
        with reading(self._connection, USER_EVENTS, from_now_on=True) as reader:
            return len(reader.ends)

    def past(self, partition: int, users: Collection[str], n_partitions: int) -> PartitionPast:
        """Return the past of users of a partition, up to the place that the workers have reached."""
        user = next(iter(users)) if len(users) == 1 else ""
        progress, clock = self._read_progress(partition, user), self._clock(partition)
        known = self._known.pop((partition, *users), None)
        keys, records, n_waiting = {user.encode() for user in users}, list(known.past.records) if known else [], 0
        from_offset = known.past.end.offset + 1 if known else 0
        with reading(self._connection, USER_EVENTS, partitions=[partition], from_offset=from_offset) as reader:
            for read in self._reads(reader, "events"):
                if read.offset > progress.end.offset:
                    n_waiting += read.key in keys
                    continue
                content = self._content(read, n_partitions) if read.key in keys else None
                if read.offset >= clock.next_offset:
                    clock.advance(read.offset, self._proven_ms(read, content, n_partitions))
                if content is not None:
                    records.append(Record(read.offset, clock.at(read.offset), content))
            first_offset = known.first_offset if known else reader.starts[USER_EVENTS, partition]
        past = Past(records, progress.switches, progress.end)
        found = PartitionPast(past, progress, first_offset, n_waiting, progress.state_of(user))
        if user and not (records and isinstance(records[-1].content, Erasure)):
            self._keep((partition, *users), found)
        return found

    def changes(self, users: Collection[str], partition: int) -> dict[str, list[SegmentChange]]:
        """Return the published changes of users, in the order of the topic."""
        keys, found = {user.encode(): user for user in users}, {user: list[SegmentChange]() for user in users}
        with reading(self._connection, SEGMENT_CHANGES, partitions=[partition]) as reader:
            for read in self._reads(reader, "changes"):
                if read.value is not None and (user := keys.get(read.key or b"")) is not None:
                    found[user].append(msgspec.json.decode(read.value, type=SegmentChange))
        return found

    def is_member(self, user: str, partition: int) -> bool:
        """Return True if the user has a record on `user-segments`."""
        value, key = None, user.encode()
        with reading(self._connection, USER_SEGMENTS, partitions=[partition]) as reader:
            for read in self._reads(reader, "users"):
                if read.key == key:
                    value = read.value
        return value is not None

    def read_models(self, shelf: ModelShelf) -> None:
        """Put the models of the topic on a shelf."""
        with reading(self._connection, SEGMENT_MODEL, from_offset=shelf.next_offset) as reader:
            shelf.take((read.offset, read.key, read.value) for read in reader.to_end())

    def _read_progress(self, partition: int, user: str) -> PartitionProgress:
        """Return the progress up to now, with the state of a user; the first question about a user reads all of it."""
        progress = self._progress.get(partition)
        if progress is None or (user and user not in progress.states):
            kept = [user, *(progress.states if progress else ())][:_KNOWN_MAX]
            progress = self._progress[partition] = PartitionProgress(states={each: {} for each in kept if each})
        with reading(
            self._connection, self._changelog, partitions=[partition], from_offset=progress.next_offset
        ) as reader:
            progress.take((read.offset, read.key, read.value) for read in self._reads(reader, "states"))
        return progress

    def _clock(self, partition: int) -> PartitionClock:
        """Return the clock as read so far; a new one if the topic was made again."""
        clock, progress = self._clocks.setdefault(partition, PartitionClock()), self._progress[partition]
        if clock.next_offset > progress.end.offset + 1:
            self._known.clear()
            clock = self._clocks[partition] = PartitionClock()
        return clock

    def _keep(self, where: tuple[int | str, ...], found: PartitionPast) -> None:
        self._known[where] = found
        while len(self._known) > _KNOWN_MAX:
            self._known.pop(next(iter(self._known)))

    def _reads(self, reader: TopicReader, what: str) -> Iterator[Read]:
        total = sum(end - reader.starts[where] for where, end in reader.ends.items())
        return self._show(reader.to_end(), total, what)

    def _content(self, read: Read, n_partitions: int) -> Content | None:
        """Return the content of a record as the worker had it; None in a partition that is not the user's."""
        content = self._decoder.decode(
            ConsumerRecord(
                read.topic, read.partition, read.offset, read.timestamp_ms, read.key, read.value, read.headers
            )
        )
        if isinstance(content, Event | Declaration | Erasure):
            return content if _home(content.user.encode(), n_partitions) == read.partition else None
        return content

    def _proven_ms(self, read: Read, content: Content | None, n_partitions: int) -> int:
        """Return the time that a record proves, as the kernel's `time_of`."""
        if self._is_wall:
            return read.timestamp_ms
        content = content or self._content(read, n_partitions)
        return content.time_ms + 1 if isinstance(content, Event) else 0
