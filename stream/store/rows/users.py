"""Users' segments from `user-segments`, and erasures, which take everything of a user out of the store."""

from __future__ import annotations

from stream.kafka.reader import Read
from stream.store.rows.changes import remove_changes
from stream.store.rows.erasures import is_erased, remember_erasure
from stream.store.rows.kept import remove_kept, remove_stranger
from stream.store.rows.tables import Tables
from stream.store.rows.values import MembershipFields, membership_fields, text_of_key
from stream.wire.user_tables import is_moved


def take_membership(tables: Tables, read: Read) -> None:
    """Set the segment of a user, or erase the user by a tombstone.

    A tombstone that tells of a move to another partition erases nobody. Partitions are read in any order: between
    records in two of them, the one that was written later counts.
    """
    if read.value is None:
        if not is_moved(read.headers):
            _erase(tables, read)
        return
    fields = membership_fields(read)
    tables.see(fields.since_ms)
    if is_erased(tables, fields.user, read, in_order=True):
        return
    found = tables.run(
        "SELECT segment, partition, written_ms, sequence FROM users WHERE user = ?", fields.user
    ).fetchone()
    before, partition, *rank = found or (None, None, 0, 0)
    if before is not None and partition != read.partition and [read.timestamp_ms, fields.sequence] < rank:
        return
    _put(tables, fields, read)
    if before is not None:
        tables.tally.resize(before, -1)


def _put(tables: Tables, fields: MembershipFields, read: Read) -> None:
    segment = tables.segment(fields.segment.id)
    tables.run(
        "INSERT INTO users (user, segment, since_ms, sequence, weight, partition, written_ms, value) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (user) DO UPDATE SET segment = excluded.segment, "
        "since_ms = excluded.since_ms, sequence = excluded.sequence, weight = excluded.weight, "
        "partition = excluded.partition, written_ms = excluded.written_ms, value = excluded.value",
        *(fields.user, segment, fields.since_ms, fields.sequence, fields.weight),
        *(read.partition, read.timestamp_ms, read.value),
    )
    tables.tally.resize(segment, 1)


def _erase(tables: Tables, read: Read) -> None:
    """Delete everything of a user from before the tombstone."""
    user = text_of_key(read)
    remember_erasure(tables, user, read)
    found = tables.run("SELECT no, segment, partition, written_ms FROM users WHERE user = ?", user).fetchone()
    if found is None:
        return
    no, segment, partition, written_ms = found
    if segment is not None and (partition == read.partition or written_ms <= read.timestamp_ms):
        tables.tally.resize(segment, -1)
        tables.run(
            "UPDATE users SET segment = NULL, since_ms = NULL, sequence = NULL, weight = NULL, partition = NULL, "
            "written_ms = NULL, value = NULL WHERE no = ?",
            no,
        )
    older = tables.run("SELECT no FROM changes WHERE user = ? AND written_ms <= ?", no, read.timestamp_ms).fetchall()
    remove_changes(tables, [change for (change,) in older])
    for kept in ("samples", "profiles"):
        remove_kept(tables, kept, no, read.timestamp_ms)
    remove_stranger(tables, no)
    tables.must_wipe = True
