"""A store, opened to read: any number of readers, also in other processes, beside one writer that they never block."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from stream.store.errors import StoreError
from stream.store.schema import STORE

_BUSY_S = 5.0
_INTEGER_MAX = (1 << 63) - 1


class Store:
    """A read-only connection to a store, for one thread."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection, self.path = connection, path

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return self._connection.execute(sql, _bounded(values)).fetchall()

    def row(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        """Return the first row of a query; None without one."""
        found: tuple[Any, ...] | None = self._connection.execute(sql, _bounded(values)).fetchone()
        return found

    def fact(self, name: str) -> Any:
        """Return a fact of the store, such as its revision; None if it has none of this name."""
        found = self.row("SELECT value FROM facts WHERE name = ?", name)
        return found[0] if found else None

    @contextmanager
    def snapshot(self) -> Iterator[Store]:
        """Let all queries within see one revision. Keep it short: the file grows while a snapshot is held."""
        self._connection.execute("BEGIN")
        try:
            yield self
        finally:
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def open_store(path: Path) -> Store:
    """Open a store to read. Raise StoreError if it is missing, or not a store of this version."""
    if not path.is_file():
        raise StoreError(f"{path} does not exist: `segue serve --store {path}` or `segue replay --store` make a store")
    try:
        connection = sqlite3.connect(
            f"file:{quote(str(path.absolute()))}?mode=ro", uri=True, timeout=_BUSY_S, isolation_level=None
        )
        STORE.check(connection, path)
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path} cannot be read as a store: {error}") from error
    return Store(connection, path)


def newest_ms(store: Store) -> int:
    """Return the stream's clock: the time of the newest decision in the store; 0 if it is empty."""
    return int(store.fact("newest_ms") or 0)


def oldest_ms(store: Store) -> int:
    """Return the time of the oldest change that the store has; `newest_ms` without changes."""
    found = store.row("SELECT min(time_ms) FROM changes")
    return int(found[0]) if found and found[0] is not None else newest_ms(store)


def revision(store: Store) -> int:
    """Return the number of transactions so far: equal revisions have equal figures."""
    return int(store.fact("revision") or 0)


def is_storable(text: str) -> bool:
    """Return True unless a text has lone surrogates, which no record can have and no query can ask for."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _bounded(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return values with every integer within SQLite's 64 bits: beyond them there is nothing to be found."""
    return tuple(max(-_INTEGER_MAX, min(each, _INTEGER_MAX)) if type(each) is int else each for each in values)
