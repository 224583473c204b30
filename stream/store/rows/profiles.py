"""Profiles from `user-profiles`, where deployments publish them: of each kept user the newest."""

from __future__ import annotations

from stream.kafka.reader import Read
from stream.store.rows.erasures import is_erased
from stream.store.rows.kept import count_kept, hash_of, is_beyond, remove_kept, remove_stranger
from stream.store.rows.tables import Tables
from stream.store.rows.values import profile_fields, text_of_key
from stream.wire.user_tables import is_moved


def take_profile(tables: Tables, read: Read) -> None:
    """Keep a profile, or delete it by a tombstone; a tombstone that tells of a move deletes nothing.

    Partitions are read in any order: between records in two of them, the one that was written later counts.
    """
    if read.value is None:
        if not is_moved(read.headers):
            _remove(tables, read)
        return
    profile = profile_fields(read)
    digest = hash_of(profile.user)
    if is_beyond(tables, "profiles", digest) or is_erased(tables, profile.user, read):
        return
    user = tables.user(profile.user)
    before = tables.run("SELECT partition, written_ms, time_ms FROM profiles WHERE user = ?", user).fetchone()
    if before and before[0] != read.partition and [read.timestamp_ms, profile.time_ms] < [*before[1:]]:
        return
    tables.run(
        "INSERT INTO profiles VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (user) DO UPDATE SET partition = "
        "excluded.partition, written_ms = excluded.written_ms, time_ms = excluded.time_ms, value = excluded.value",
        *(user, digest, read.partition, read.timestamp_ms, profile.time_ms, read.value),
    )
    if before is None:
        count_kept(tables, "profiles")


def _remove(tables: Tables, read: Read) -> None:
    """Delete the profile of a user from before the tombstone."""
    found = tables.run(
        "SELECT p.user, p.partition FROM profiles p JOIN users u ON u.no = p.user WHERE u.user = ?", text_of_key(read)
    ).fetchone()
    if found is not None:
        user, partition = found
        remove_kept(tables, "profiles", user, _ALWAYS if partition == read.partition else read.timestamp_ms)
        remove_stranger(tables, user)
        tables.must_wipe = True


_ALWAYS = 1 << 62
