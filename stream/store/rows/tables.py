"""The state of one writer between its transactions: numbers of segments and users, the stream's clock, limits."""

from __future__ import annotations

import sqlite3
from secrets import token_bytes
from typing import Any

from stream.core.policy import DAY_MS
from stream.store.policy import StorePolicy
from stream.store.rows.tally import Tally

_SALT_BYTES = 16


class Tables:
    """A view of the tables, for one transaction after the other. `forget` reads all that is in memory again."""

    def __init__(self, connection: sqlite3.Connection, policy: StorePolicy) -> None:
        self.connection, self.policy = connection, policy
        self.tally = Tally()
        self.must_wipe = False  # erased bytes are still in the write-ahead log
        self.forget()

    def forget(self) -> None:
        """Read all that is in memory from the file; needed after a transaction that was rolled back."""
        self.tally.clear()
        self._segments: dict[str, int] = {}
        self.newest_ms = int(self.fact("newest_ms") or 0)
        self.pruned_ms = int(self.fact("pruned_ms") or 0)
        self.n_kept = {name: int(self.one(f"SELECT count(*) FROM {name}")[0]) for name in ("samples", "profiles")}
        self.n_erased = int(self.one("SELECT count(*) FROM erased")[0])
        self._salt: bytes | None = self.fact("salt")

    @property
    def keep_since_ms(self) -> int:
        """Time before which changes and health are not kept: a whole day of the stream's clock."""
        return max(0, self.newest_ms - self.policy.keep_ms) // DAY_MS * DAY_MS

    @property
    def salt(self) -> bytes:
        """A random number of this file, so that hashes of erased users name nobody elsewhere."""
        if self._salt is None:
            self._salt = token_bytes(_SALT_BYTES)
            self.set_fact("salt", self._salt)
        return self._salt

    def see(self, time_ms: int) -> None:
        """Move the stream's clock to the time of a decision, if that is later."""
        self.newest_ms = max(self.newest_ms, time_ms)

    def segment(self, segment: str) -> int:
        """Return the number of a segment; a new one for an id that is seen first."""
        found = self._segments.get(segment)
        if found is None:
            self.run("INSERT OR IGNORE INTO segments (id, name) VALUES (?, ?)", segment, segment)
            [found] = self.one("SELECT no FROM segments WHERE id = ?", segment)
            self._segments[segment] = found
        return found

    def user(self, user: str) -> int:
        """Return the number of a user; a new one for a user who is seen first."""
        found = self.connection.execute("SELECT no FROM users WHERE user = ?", (user,)).fetchone()
        if found is None:
            found = (self.run("INSERT INTO users (user) VALUES (?)", user).lastrowid,)
        return int(found[0])

    def fact(self, name: str) -> Any:
        """Return a fact; None if there is none of this name."""
        found = self.connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return found[0] if found else None

    def set_fact(self, name: str, value: Any) -> None:
        """Set a fact."""
        self.run("INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)

    def run(self, sql: str, *values: Any) -> sqlite3.Cursor:
        """Execute a statement."""
        return self.connection.execute(sql, values)

    def one(self, sql: str, *values: Any) -> tuple[Any, ...]:
        """Return the one row of a query that always has one."""
        found: tuple[Any, ...] = self.connection.execute(sql, values).fetchone()
        return found
