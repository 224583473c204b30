"""Sums of a batch: its changes in sizes, hours and reasons, added or taken away again. All are of integers: exact."""

from __future__ import annotations

import sqlite3
from collections import defaultdict

from stream.core.transition import Rule
from stream.store.rows.values import ChangeFields
from stream.store.schema import HOUR_MS, MICRO

Pair = tuple[int, int]


class Tally:
    """A tally of one batch, by numbers of segments; `write` adds it to the tables and empties it."""

    def __init__(self) -> None:
        self._sizes: dict[int, int] = defaultdict(int)
        self._hours: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
        self._reasons: dict[tuple[int, int, int, str, str], list[int]] = defaultdict(lambda: [0, 0])

    def clear(self) -> None:
        """Empty the tally."""
        self._sizes.clear()
        self._hours.clear()
        self._reasons.clear()

    def resize(self, segment: int, n_users: int) -> None:
        """Add users to the size of a segment."""
        self._sizes[segment] += n_users

    def count(self, change: ChangeFields, origin: int, target: int, sign: int) -> None:
        """Add a change with sign 1, or take it away with sign -1."""
        hour = change.decision_time_ms // HOUR_MS
        self._hours[target, hour][0] += sign
        self._hours[origin, hour][1] += sign
        for (kind, text), micro in _reasons(change).items():
            summed = self._reasons[hour, origin, target, kind, text]
            summed[0] += sign
            summed[1] += sign * micro

    def write(self, connection: sqlite3.Connection) -> None:
        """Add the sums to the tables; rows that count nothing any more go."""
        connection.executemany(
            "UPDATE segments SET n_users = n_users + ? WHERE no = ?", [(n, no) for no, n in self._sizes.items() if n]
        )
        hours = [(*key, *counts) for key, counts in self._hours.items() if any(counts)]
        connection.executemany(
            "INSERT INTO hours VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE "
            "SET n_entered = n_entered + excluded.n_entered, n_left = n_left + excluded.n_left",
            hours,
        )
        gone = [row[:2] for row in hours if min(row[2:]) < 0]
        connection.executemany(
            "DELETE FROM hours WHERE segment = ? AND hour = ? AND n_entered = 0 AND n_left = 0", gone
        )
        self._write_reasons(connection)
        self.clear()

    def _write_reasons(self, connection: sqlite3.Connection) -> None:
        sums = {key: (n, micro) for key, (n, micro) in self._reasons.items() if n or micro}
        texts: dict[tuple[str, str], int] = defaultdict(int)
        for (*_, kind, text), (n, _) in sums.items():
            texts[kind, text] += n
        numbers = {key: _add_to_text(connection, key, n) for key, n in texts.items()}
        rows = [(*key[:3], numbers[key[3], key[4]], *summed) for key, summed in sums.items()]
        connection.executemany(
            "INSERT INTO reasons VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE "
            "SET n = n + excluded.n, micro = micro + excluded.micro",
            rows,
        )
        gone = [row[:4] for row in rows if row[4] < 0]
        connection.executemany(
            "DELETE FROM reasons WHERE hour = ? AND origin = ? AND target = ? AND text = ? AND n = 0", gone
        )
        lessened = [(numbers[key],) for key, n in texts.items() if n < 0]
        connection.executemany("DELETE FROM texts WHERE no = ? AND n = 0", lessened)


def _add_to_text(connection: sqlite3.Connection, key: tuple[str, str], n: int) -> int:
    """Add to the count of a text, and return its number."""
    [no] = connection.execute(
        "INSERT INTO texts (kind, text, n) VALUES (?, ?, ?) ON CONFLICT (kind, text) DO UPDATE SET n = n + excluded.n "
        "RETURNING no",
        (*key, n),
    ).fetchone()
    return int(no)


def _reasons(change: ChangeFields) -> dict[tuple[str, str], int]:
    """Return the contributions of a change by kind and text, in millionths; items without text are left out."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    if change.rule != Rule.PINNED:
        for item in change.evidence.items:
            if item.text:
                found["item", item.text] += round(item.contribution * MICRO)
        for feature in change.evidence.features:
            found["feature", feature.words or feature.name] += round(feature.contribution * MICRO)
    return found
