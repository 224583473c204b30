"""Changes of users. Between two changes with one sequence the one that was written later counts.

A user's sequence grows with time. A change with a smaller sequence than one written before it begins the sequence
again, after an erasure, or repeats a decision under another model. It replaces those with the same or larger ones.
Which changes are left does not depend on the order in which they are read.
"""

from __future__ import annotations

from stream.core.transition import Rule
from stream.kafka.reader import Read
from stream.store.rows.erasures import is_erased
from stream.store.rows.tables import Tables
from stream.store.rows.values import ChangeFields, change_fields, stored_change

_NO_HYSTERESIS = (Rule.PINNED, Rule.UNPINNED)


def take_change(tables: Tables, read: Read) -> None:
    """Add a change, unless it is a repeat, older than the store keeps, or of before the user's erasure."""
    if read.value is None:
        return
    change = change_fields(read)
    tables.see(change.decision_time_ms)
    if change.decision_time_ms < tables.keep_since_ms or is_erased(tables, change.user, read):
        return
    user = tables.user(change.user)
    if _replace(tables, user, change, read.timestamp_ms):
        _insert(tables, user, change, read)


def remove_changes(tables: Tables, numbers: list[int]) -> None:
    """Delete changes, and take them out of hours and reasons."""
    for no in numbers:
        origin, target, value = tables.one("SELECT origin, target, value FROM changes WHERE no = ?", no)
        tables.tally.count(stored_change(value), origin, target, -1)
        tables.run("DELETE FROM changes WHERE no = ?", no)


def _replace(tables: Tables, user: int, change: ChangeFields, written_ms: int) -> bool:
    """Delete the changes that this one replaces; return False if it is there, or is itself replaced."""
    found = tables.run(
        "SELECT no, sequence, time_ms, written_ms FROM changes WHERE user = ? AND time_ms >= ? AND "
        "((sequence <= ? AND written_ms > ?) OR (sequence >= ? AND written_ms < ?) OR (sequence = ? AND time_ms = ?))",
        *(user, tables.keep_since_ms),
        *(change.sequence, written_ms, change.sequence, written_ms, change.sequence, change.decision_time_ms),
    ).fetchall()
    if not found:
        return True
    is_here = any(
        (sequence, time_ms) == (change.sequence, change.decision_time_ms) for _, sequence, time_ms, _ in found
    )
    if is_here or any(sequence <= change.sequence and written > written_ms for _, sequence, _, written in found):
        return False
    remove_changes(tables, [no for no, *_ in found])
    return True


def _insert(tables: Tables, user: int, change: ChangeFields, read: Read) -> None:
    origin, target = tables.segment(change.from_.id), tables.segment(change.to.id)
    tables.run(
        "INSERT INTO changes (user, sequence, time_ms, origin, target, written_ms, value) VALUES (?, ?, ?, ?, ?, ?, ?)",
        *(user, change.sequence, change.decision_time_ms, origin, target, read.timestamp_ms, read.value),
    )
    tables.tally.count(change, origin, target, 1)
    if change.rule not in _NO_HYSTERESIS:
        need = change.hysteresis
        tables.run(
            "INSERT INTO requirements VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET margin = excluded.margin, "
            "dwell_ms = excluded.dwell_ms, time_ms = excluded.time_ms WHERE excluded.time_ms >= time_ms",
            *(origin, target, need.margin_required, need.dwell_required_ms, change.decision_time_ms),
        )
