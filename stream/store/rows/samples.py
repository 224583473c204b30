"""Newest profiles of users, of at most `keep_profiles`: those with the smallest hashes, so that the same users stay."""

from __future__ import annotations

from hashlib import blake2b

from stream.kafka.reader import Read
from stream.store.rows.erasures import is_erased
from stream.store.rows.tables import Tables
from stream.store.rows.values import sample_fields
from stream.wire.samples import SAMPLE_KEY


def take_sample(tables: Tables, read: Read) -> None:
    """Keep a sample, unless the user is not among the kept ones, has a newer one, or was erased since."""
    if read.key != SAMPLE_KEY or read.value is None:
        return
    sample = sample_fields(read)
    tables.see(sample.time_ms)
    digest = _hash(sample.user)
    if _is_beyond(tables, digest) or is_erased(tables, sample.user, read):
        return
    user = tables.user(sample.user)
    before = tables.run("SELECT time_ms FROM samples WHERE user = ?", user).fetchone()
    if before and before[0] > sample.time_ms:
        return
    tables.run(
        "INSERT INTO samples VALUES (?, ?, ?, ?, ?) ON CONFLICT (user) DO UPDATE SET time_ms = excluded.time_ms, "
        "written_ms = excluded.written_ms, value = excluded.value",
        *(user, digest, sample.time_ms, read.timestamp_ms, read.value),
    )
    tables.n_samples += before is None
    if tables.n_samples > tables.policy.keep_profiles:
        _drop_largest(tables)


def remove_sample(tables: Tables, user: int, written_ms: int) -> None:
    """Delete the sample of a user if it was written up to this time."""
    deleted = tables.run("DELETE FROM samples WHERE user = ? AND written_ms <= ?", user, written_ms)
    tables.n_samples -= deleted.rowcount


def remove_stranger(tables: Tables, user: int) -> None:
    """Delete a user of whom there is nothing any more."""
    tables.run(
        "DELETE FROM users WHERE no = ?1 AND value IS NULL AND NOT EXISTS (SELECT 1 FROM changes WHERE user = ?1) "
        "AND NOT EXISTS (SELECT 1 FROM samples WHERE user = ?1)",
        user,
    )


def _is_beyond(tables: Tables, digest: int) -> bool:
    """Return True if there are enough users with smaller hashes."""
    if tables.n_samples < tables.policy.keep_profiles:
        return False
    [largest] = tables.one("SELECT max(hash) FROM samples")
    return largest is None or digest > largest


def _drop_largest(tables: Tables) -> None:
    [user] = tables.one("SELECT user FROM samples ORDER BY hash DESC, user DESC LIMIT 1")
    tables.run("DELETE FROM samples WHERE user = ?", user)
    tables.n_samples -= 1
    remove_stranger(tables, user)


def _hash(user: str) -> int:
    return int.from_bytes(blake2b(user.encode(), digest_size=8).digest(), "big", signed=True)
