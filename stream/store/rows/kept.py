"""Users whose newest profile is kept: at most `keep_profiles`, the same ones always, those with the smallest hashes."""

from __future__ import annotations

from hashlib import blake2b
from typing import Literal

from stream.store.rows.tables import Tables

Kept = Literal["samples", "profiles"]  # a table with a row for each kept user


def hash_of(user: str) -> int:
    """Return the hash of a user, a signed integer of 64 bits."""
    return int.from_bytes(blake2b(user.encode(), digest_size=8).digest(), "big", signed=True)


def is_beyond(tables: Tables, kept: Kept, digest: int) -> bool:
    """Return True if there are enough users with smaller hashes."""
    if tables.n_kept[kept] < tables.policy.keep_profiles:
        return False
    [largest] = tables.one(f"SELECT max(hash) FROM {kept}")
    return largest is None or digest > largest


def count_kept(tables: Tables, kept: Kept) -> None:
    """Count one more user, and drop the one with the largest hash if that is too many."""
    tables.n_kept[kept] += 1
    if tables.n_kept[kept] > tables.policy.keep_profiles:
        [user] = tables.one(f"SELECT user FROM {kept} ORDER BY hash DESC, user DESC LIMIT 1")
        tables.run(f"DELETE FROM {kept} WHERE user = ?", user)
        tables.n_kept[kept] -= 1
        remove_stranger(tables, user)


def remove_kept(tables: Tables, kept: Kept, user: int, written_ms: int) -> None:
    """Delete the row of a user if it was written up to this time."""
    deleted = tables.run(f"DELETE FROM {kept} WHERE user = ? AND written_ms <= ?", user, written_ms)
    tables.n_kept[kept] -= deleted.rowcount


def remove_stranger(tables: Tables, user: int) -> None:
    """Delete a user of whom there is nothing any more."""
    tables.run(
        "DELETE FROM users WHERE no = ?1 AND value IS NULL AND NOT EXISTS (SELECT 1 FROM changes WHERE user = ?1) "
        "AND NOT EXISTS (SELECT 1 FROM samples WHERE user = ?1) "
        "AND NOT EXISTS (SELECT 1 FROM profiles WHERE user = ?1)",
        user,
    )
