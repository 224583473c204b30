"""Newest sampled profiles of users, with the texts that they are labelled by."""

from __future__ import annotations

from stream.kafka.reader import Read
from stream.store.rows.erasures import is_erased
from stream.store.rows.kept import count_kept, hash_of, is_beyond
from stream.store.rows.tables import Tables
from stream.store.rows.values import sample_fields
from stream.wire.samples import SAMPLE_KEY


def take_sample(tables: Tables, read: Read) -> None:
    """Keep a sample, unless the user is not among the kept ones, has a newer one, or was erased since."""
    if read.key != SAMPLE_KEY or read.value is None:
        return
    sample = sample_fields(read)
    tables.see(sample.time_ms)
    digest = hash_of(sample.user)
    if is_beyond(tables, "samples", digest) or is_erased(tables, sample.user, read):
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
    if before is None:
        count_kept(tables, "samples")
