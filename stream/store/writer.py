"""The writer of a store: records of topics as rows, each batch in one transaction with the positions after it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from stream.kafka.reader import Read, Where
from stream.store.errors import StoreError
from stream.store.lock import WriterLock
from stream.store.policy import StorePolicy
from stream.store.rows.catalogue import take_model, take_segment
from stream.store.rows.changes import take_change
from stream.store.rows.damaged import note_damaged
from stream.store.rows.events import take_event
from stream.store.rows.renewal import renew
from stream.store.rows.retention import prune
from stream.store.rows.samples import take_sample
from stream.store.rows.tables import Tables
from stream.store.rows.users import take_membership
from stream.store.schema import create
from stream.store.store import check_format
from stream.wire.topics import (
    PROFILE_SAMPLE,
    SEGMENT_CHANGES,
    SEGMENT_HEALTH,
    SEGMENT_LINEAGE,
    SEGMENT_MODEL,
    SEGMENT_PROMOTIONS,
    SEGMENTS,
    USER_SEGMENTS,
)

DEFAULT_POLICY = StorePolicy()
NOWHERE: Mapping[Where, int] = MappingProxyType({})
_BUSY_S = 5.0
_TAKERS: dict[str, Callable[[Tables, Read], None]] = {
    SEGMENT_CHANGES: take_change,
    USER_SEGMENTS: take_membership,
    SEGMENTS: take_segment,
    SEGMENT_LINEAGE: take_event,
    SEGMENT_PROMOTIONS: take_event,
    SEGMENT_HEALTH: take_event,
    SEGMENT_MODEL: take_model,
    PROFILE_SAMPLE: take_sample,
}


class StoreWriter:
    """A writer, the only one of a store; it makes the file if there is none. Any one thread may use it.

    Raise StoreBusyError if another process writes the file, StoreError if it is no store of this version.
    """

    def __init__(self, path: Path, policy: StorePolicy = DEFAULT_POLICY) -> None:
        self.path, self._lock = path, WriterLock(path)
        try:
            self._connection = _connect(path)
        except StoreError:
            self._lock.release()
            raise
        self._tables = Tables(self._connection, policy)
        self._revision = 0
        self._next: dict[Where, int] = {}
        self._topic_ids: dict[str, str] = {}
        self._read_marks()

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
        return self._topic_ids.get(topic)

    def position(self, topic: str, partition: int) -> int:
        """Return the next offset to read; 0 for a partition that was never read."""
        return self._next.get((topic, partition), 0)

    def fact(self, name: str, value: str | None = None) -> str | None:
        """Return a fact of the file, after setting it to `value` if given."""
        if value is not None:
            with self._transaction():
                self._tables.set_fact(name, value)
        found: str | None = self._tables.fact(name)
        return found

    def damaged(self) -> tuple[int, str]:
        """Return the number of records that could not be read, and a sentence about the last one of a topic."""
        found = self._connection.execute("SELECT coalesce(sum(n), 0), coalesce(max(last), '') FROM damaged").fetchone()
        return int(found[0]), str(found[1])

    def apply(self, records: Sequence[Read], ends: Mapping[Where, int] = NOWHERE) -> int:
        """Apply records, each partition in order, in one transaction; return the revision.

        Records before the position of their partition are skipped, so a batch that is applied again changes nothing.
        `ends` are positions beyond the last record, such as after the marker of a transaction.
        """
        new = [read for read in records if read.offset >= self.position(read.topic, read.partition)]
        ahead = {where: end for where, end in ends.items() if end > self._next.get(where, 0)}
        if new or ahead:
            with self._transaction():
                self._take(new, ahead)
        if self._tables.must_wipe:
            self._tables.must_wipe = not self._wipe()
        return self._revision

    def begin_topic(self, topic: str, topic_id: str) -> None:
        """Delete all that a topic gave, and read it from the beginning under this id."""
        with self._transaction():
            renew(self._tables, topic, topic_id)
            self._count()
        self._read_marks()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
        self._lock.release()

    def _take(self, records: Sequence[Read], ends: Mapping[Where, int]) -> None:
        moved: dict[Where, int] = {}
        for read in records:
            where = read.topic, read.partition
            if read.offset < moved.get(where, 0):  # the same record twice in one batch
                continue
            try:
                _TAKERS[read.topic](self._tables, read)
            except (ValueError, RecursionError) as error:
                note_damaged(self._tables, read, error)
            moved[where] = read.offset + 1
        for where, end in ends.items():
            moved[where] = max(end, moved.get(where, 0))
        self._tables.tally.write(self._connection)
        prune(self._tables)
        self._tables.set_fact("newest_ms", self._tables.newest_ms)
        self._connection.executemany(
            "INSERT INTO positions VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next",
            [(*where, following) for where, following in moved.items()],
        )
        self._next |= moved
        if records:
            self._count()

    def _count(self) -> None:
        self._revision += 1
        self._tables.set_fact("revision", self._revision)

    def _read_marks(self) -> None:
        """Read positions, ids and the revision from the file."""
        self._tables.forget()
        self._revision = int(self._tables.fact("revision") or 0)
        self._next = {(topic, p): n for topic, p, n in self._connection.execute("SELECT * FROM positions")}
        self._topic_ids = dict(self._connection.execute("SELECT topic, id FROM topics").fetchall())

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._read_marks()
            raise

    def _wipe(self) -> bool:
        """Empty the write-ahead log; return False while a reader holds it."""
        self._connection.execute("PRAGMA busy_timeout = 0")
        [busy, _, _] = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self._connection.execute(f"PRAGMA busy_timeout = {int(_BUSY_S * 1000)}")
        return not busy


def _connect(path: Path) -> sqlite3.Connection:
    """Open the file to write, with its tables. Deleted bytes are overwritten, since users can be erased."""
    try:
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # users' data; SQLite's other files are made alike
        connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        for name, value in (("journal_mode", "WAL"), ("synchronous", "NORMAL"), ("secure_delete", "ON")):
            connection.execute(f"PRAGMA {name} = {value}")
        connection.execute("PRAGMA cache_size = -65536")  # kB
        [n_tables] = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if n_tables == 0:
            create(connection)
        check_format(connection, path)
    except (sqlite3.DatabaseError, OSError) as error:
        raise StoreError(f"{path} cannot be used as a store: {error}; name another file (SEGUE_STORE)") from error
    return connection
