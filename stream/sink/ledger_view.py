"""A ledger opened to read, beside its writer: what the endpoint was told, dead letters, and differences."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from stream.sink.errors import SinkError
from stream.sink.tables import LEDGER, Told
from stream.store.errors import StoreError

_BUSY_S = 5.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A user in an audience: what the endpoint knows, and whether the user belongs there by the ledger."""

    user: str
    audience: str
    told: Told
    belongs: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter: a message that the endpoint refused, with its answer."""

    user: str
    audience: str
    change: str
    id: str
    status: int
    body: str
    time_ms: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of a ledger: acknowledged members by audience, messages in doubt or not sent yet, dead letters."""

    entered: dict[str, int]
    n_unsettled: int
    n_letters: int


@contextmanager
def viewing(path: Path) -> Iterator[LedgerView]:
    """Open a ledger to read. Raise SinkError without a file, StoreError for a file that is none."""
    if not path.is_file():
        raise SinkError(f"{path} does not exist: `segue sink webhook` makes it (--ledger, SEGUE_SINK_LEDGER)")
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        connection = sqlite3.connect(address, uri=True, timeout=_BUSY_S, isolation_level=None)
        LEDGER.check(connection, path)
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path} cannot be read as a ledger: {error}") from error
    try:
        yield LedgerView(connection)
    finally:
        connection.close()


class LedgerView:
    """A ledger as it is at each call."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def entries(self) -> Iterator[Entry]:
        """Yield every user in every audience, in order."""
        rows = self._connection.execute(
            "SELECT user, audience, iif(erased, 'exiting', told), belongs FROM members ORDER BY user, audience"
        )
        for user, audience, told, belongs in rows:
            yield Entry(user, audience, Told(told), bool(belongs))

    def letters(self) -> Iterator[Letter]:
        """Yield the dead letters, the oldest first."""
        rows = self._connection.execute(
            "SELECT user, audience, move, message_id, status, body, time_ms FROM letters ORDER BY no"
        )
        for row in rows:
            yield Letter(*row)

    def figures(self) -> Figures:
        """Return the figures now."""
        told = self._connection.execute(
            "SELECT audience, count(*) FROM members WHERE told = 'entered' GROUP BY audience"
        ).fetchall()
        n_unsettled = self._count("members WHERE erased OR (told = 'entered') <> belongs")
        return Figures(dict(told), n_unsettled, self._count("letters"))

    def _count(self, of: str) -> int:
        [n] = self._connection.execute(f"SELECT count(*) FROM {of}").fetchone()
        return int(n)
