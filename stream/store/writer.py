"""The writer of a store: records of topics as rows, each batch in one transaction with the positions after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from stream.kafka.reader import Read, Where
from stream.store.policy import StorePolicy
from stream.store.rows.catalogue import take_model, take_segment
from stream.store.rows.changes import take_change
from stream.store.rows.damaged import note_damaged
from stream.store.rows.events import take_event
from stream.store.rows.profiles import take_profile
from stream.store.rows.renewal import renew
from stream.store.rows.retention import prune
from stream.store.rows.samples import take_sample
from stream.store.rows.tables import Tables
from stream.store.rows.users import take_membership
from stream.store.schema import STORE
from stream.store.topic_file import TopicFile
from stream.wire.topics import (
    PROFILE_SAMPLE,
    SEGMENT_CHANGES,
    SEGMENT_HEALTH,
    SEGMENT_LINEAGE,
    SEGMENT_MODEL,
    SEGMENT_PROMOTIONS,
    SEGMENTS,
    USER_PROFILES,
    USER_SEGMENTS,
)

DEFAULT_POLICY = StorePolicy()
NOWHERE: Mapping[Where, int] = MappingProxyType({})
_TAKERS: dict[str, Callable[[Tables, Read], None]] = {
    SEGMENT_CHANGES: take_change,
    USER_SEGMENTS: take_membership,
    SEGMENTS: take_segment,
    SEGMENT_LINEAGE: take_event,
    SEGMENT_PROMOTIONS: take_event,
    SEGMENT_HEALTH: take_event,
    SEGMENT_MODEL: take_model,
    PROFILE_SAMPLE: take_sample,
    USER_PROFILES: take_profile,
}


class StoreWriter:
    """A writer, the only one of a store; it makes the file if there is none. Any one thread may use it.

    Raise StoreBusyError if another process writes the file, StoreError if it is no store of this version.
    """

    def __init__(self, path: Path, policy: StorePolicy = DEFAULT_POLICY) -> None:
        self.path, self._file = path, TopicFile(path, STORE)
        self._tables = Tables(self._file.connection, policy)
        self._revision = int(self._tables.fact("revision") or 0)

    @property
    def revision(self) -> int:
        """The number of transactions that changed figures so far."""
        return self._revision

    @property
    def newest_ms(self) -> int:
        """The stream's clock."""
        return self._tables.newest_ms

    def topic_id(self, topic: str) -> str | None:
        """Return the id of the topic that was read; None before the first record."""
        return self._file.topic_id(topic)

    def position(self, topic: str, partition: int) -> int:
        """Return the next offset to read; 0 for a partition that was never read."""
        return self._file.position(topic, partition)

    def fact(self, name: str, value: str | None = None) -> str | None:
        """Return a fact of the file, after setting it to `value` if given."""
        if value is not None:
            with self._transaction():
                self._tables.set_fact(name, value)
        found: str | None = self._tables.fact(name)
        return found

    def damaged(self) -> tuple[int, str]:
        """Return the number of records that could not be read, and a sentence about the last one of a topic."""
        n, last = self._tables.one("SELECT coalesce(sum(n), 0), coalesce(max(last), '') FROM damaged")
        return int(n), str(last)

    def apply(self, records: Sequence[Read], ends: Mapping[Where, int] = NOWHERE) -> int:
        """Apply records, each partition in order, in one transaction; return the revision.

        Records before the position of their partition are skipped, so a batch that is applied again changes nothing.
        `ends` are positions beyond the last record, such as after the marker of a transaction.
        """
        new, ahead = self._file.unread(records), self._file.ahead(ends)
        if new or ahead:
            with self._transaction():
                self._take(new, ahead)
        if self._tables.must_wipe:
            self._tables.must_wipe = not self._file.wipe()
        return self._revision

    def begin_topic(self, topic: str, topic_id: str) -> None:
        """Delete all that a topic gave, and read it from the beginning under this id."""
        with self._transaction():
            renew(self._tables, topic)
            self._file.renew(topic, topic_id)
            self._count()
        self._file.read_marks()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _take(self, records: Sequence[Read], ends: Mapping[Where, int]) -> None:
        for read in records:
            try:
                _TAKERS[read.topic](self._tables, read)
            except (ValueError, RecursionError) as error:
                note_damaged(self._tables, read, error)
        self._tables.tally.write(self._file.connection)
        prune(self._tables)
        self._tables.set_fact("newest_ms", self._tables.newest_ms)
        self._file.move(records, ends)
        if records:
            self._count()

    def _count(self) -> None:
        self._revision += 1
        self._tables.set_fact("revision", self._revision)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            with self._file.transaction():
                yield
        except BaseException:
            self._tables.forget()
            self._revision = int(self._tables.fact("revision") or 0)
            raise
