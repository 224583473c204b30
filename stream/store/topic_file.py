"""A SQLite file that topics are read into: one writer, and positions in the transaction of the rows before them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stream.kafka.reader import Read, Where
from stream.store.errors import StoreError
from stream.store.lock import WriterLock

_BUSY_S = 5.0
_MARKS = ("application_id", "user_version")
POSITION_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE topics (topic TEXT PRIMARY KEY, id TEXT) WITHOUT ROWID;
CREATE TABLE positions (
    topic TEXT, partition INTEGER, next INTEGER, PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file: its name and owner in sentences, its marks, its tables and its setting.

    `remedy` says what to do about a file of another format.
    """

    name: str
    owner: str
    application_id: int
    format: int
    tables: str
    setting: str
    remedy: str

    def check(self, connection: sqlite3.Connection, path: Path) -> None:
        """Raise StoreError unless the tables are of this kind and version."""
        application, found = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in _MARKS)
        if application != self.application_id:
            raise StoreError(f"{path} is not a {self.name} of Segue: name another file ({self.setting})")
        if found != self.format:
            raise StoreError(f"{path} has format {found}, this Segue reads {self.format}: {self.remedy}")

    def create(self, connection: sqlite3.Connection) -> None:
        """Make the tables of an empty file, in one transaction."""
        marks = f"PRAGMA application_id = {self.application_id}; PRAGMA user_version = {self.format};"
        connection.executescript(f"BEGIN IMMEDIATE; {POSITION_TABLES} {self.tables} {marks} COMMIT;")


class TopicFile:
    """A file open to write, by the only writer among all processes. Any one thread may use it.

    Raise StoreBusyError if another process writes it, StoreError if it is of another kind or version.
    """

    def __init__(self, path: Path, kind: FileKind) -> None:
        self.path, self._lock = path, WriterLock(path, kind.owner, kind.setting)
        try:
            self.connection = _connect(path, kind)
        except StoreError:
            self._lock.release()
            raise
        self._next: dict[Where, int] = {}
        self._topic_ids: dict[str, str] = {}
        self.read_marks()

    def topic_id(self, topic: str) -> str | None:
        """Return the id of the topic that was read; None before the first record."""
        return self._topic_ids.get(topic)

    def position(self, topic: str, partition: int) -> int:
        """Return the next offset to read; 0 for a partition that was never read."""
        return self._next.get((topic, partition), 0)

    def unread(self, records: Sequence[Read]) -> list[Read]:
        """Return records that are not behind the position of their partition, each once."""
        moved: dict[Where, int] = {}
        new = []
        for read in records:
            where = read.topic, read.partition
            if read.offset >= max(self.position(*where), moved.get(where, 0)):
                moved[where] = read.offset + 1
                new.append(read)
        return new

    def ahead(self, ends: Mapping[Where, int]) -> dict[Where, int]:
        """Return the ends that lie beyond the position of their partition."""
        return {where: end for where, end in ends.items() if end > self._next.get(where, 0)}

    def move(self, records: Sequence[Read], ends: Mapping[Where, int]) -> None:
        """Set the positions behind the records and at the ends; within a transaction."""
        moved = {(read.topic, read.partition): read.offset + 1 for read in records}
        moved |= {where: max(end, moved.get(where, 0)) for where, end in ends.items()}
        self.connection.executemany(
            "INSERT INTO positions VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next",
            [(*where, following) for where, following in moved.items()],
        )
        self._next |= moved

    def renew(self, topic: str, topic_id: str) -> None:
        """Let a topic be read from the beginning, under this id; within a transaction, before `read_marks`."""
        self.connection.execute("DELETE FROM positions WHERE topic = ?", (topic,))
        self.connection.execute(
            "INSERT INTO topics VALUES (?, ?) ON CONFLICT DO UPDATE SET id = excluded.id", (topic, topic_id)
        )

    def fact(self, name: str) -> Any:
        """Return a fact of the file; None if there is none of this name."""
        found = self.connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return found[0] if found else None

    def set_fact(self, name: str, value: Any) -> None:
        """Set a fact; within a transaction."""
        self.connection.execute(
            "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
        )

    def read_marks(self) -> None:
        """Read positions and ids from the file."""
        self._next = {(topic, p): n for topic, p, n in self.connection.execute("SELECT * FROM positions")}
        self._topic_ids = dict(self.connection.execute("SELECT topic, id FROM topics").fetchall())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what happens within, or nothing of it."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            self.read_marks()
            raise

    def wipe(self) -> bool:
        """Empty the write-ahead log; return False while a reader holds it."""
        self.connection.execute("PRAGMA busy_timeout = 0")
        [busy, _, _] = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self.connection.execute(f"PRAGMA busy_timeout = {int(_BUSY_S * 1000)}")
        return not busy

    def close(self) -> None:
        """Close the file."""
        self.connection.close()
        self._lock.release()


def _connect(path: Path, kind: FileKind) -> sqlite3.Connection:
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
            kind.create(connection)
        kind.check(connection, path)
    except (sqlite3.DatabaseError, OSError) as error:
        raise StoreError(
            f"{path} cannot be used as a {kind.name}: {error}; name another file ({kind.setting})"
        ) from error
    return connection
