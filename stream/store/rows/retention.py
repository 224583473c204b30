"""Rows that are older than a store keeps, on the stream's clock and by whole days."""

from __future__ import annotations

from stream.store.rows.events import HEALTH, WARNING
from stream.store.rows.tables import Tables
from stream.store.schema import HOUR_MS


def prune(tables: Tables) -> None:
    """Delete changes, hours, reasons and health from before the days that are kept, once for each day."""
    since_ms = tables.keep_since_ms
    if since_ms <= tables.pruned_ms:
        return
    hour = since_ms // HOUR_MS
    tables.run("DELETE FROM changes WHERE time_ms < ?", since_ms)
    tables.run("DELETE FROM hours WHERE hour < ?", hour)
    counts = tables.run("SELECT sum(n), text FROM reasons WHERE hour < ? GROUP BY text", hour).fetchall()
    tables.run("DELETE FROM reasons WHERE hour < ?", hour)
    tables.connection.executemany("UPDATE texts SET n = n - ? WHERE no = ?", counts)
    tables.connection.executemany("DELETE FROM texts WHERE no = ? AND n = 0", [(text,) for _, text in counts])
    tables.run("DELETE FROM events WHERE kind IN (?, ?) AND time_ms < ?", HEALTH, WARNING, since_ms)
    remove_strangers(tables)
    tables.pruned_ms = since_ms
    tables.set_fact("pruned_ms", since_ms)


def remove_strangers(tables: Tables) -> None:
    """Delete users without a segment, a change and a profile."""
    tables.run(
        "DELETE FROM users WHERE value IS NULL AND NOT EXISTS (SELECT 1 FROM changes WHERE user = users.no) "
        "AND NOT EXISTS (SELECT 1 FROM samples WHERE user = users.no) "
        "AND NOT EXISTS (SELECT 1 FROM profiles WHERE user = users.no)"
    )
