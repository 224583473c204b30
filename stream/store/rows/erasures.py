"""Users who were erased, as salted hashes with the time of the erasure: what is older of them is not taken in again.

Topics have no order among each other. A change from before the erasure can be read after it, and one from after it
before. Kafka's times of the records tell them apart. Within `user-segments` the log's order does.
"""

from __future__ import annotations

from hashlib import blake2b

from stream.kafka.reader import Read
from stream.store.rows.tables import Tables

_HASH_BYTES = 16


def is_erased(tables: Tables, user: str, read: Read, in_order: bool = False) -> bool:
    """Return True if the record is from before the user's erasure.

    `in_order`: records in the partition of the erasure are read in the order of its log, so none there is from before.
    """
    if not tables.n_erased:
        return False
    found = tables.run("SELECT partition, written_ms FROM erased WHERE user = ?", _hash(tables, user)).fetchone()
    if found is None or (in_order and found[0] == read.partition):
        return False
    return bool(read.timestamp_ms <= found[1])


def remember_erasure(tables: Tables, user: str, read: Read) -> None:
    """Keep the erasure of a user by its newest tombstone, as long as the store keeps changes."""
    tables.run(
        "INSERT INTO erased VALUES (?, ?, ?) ON CONFLICT (user) DO UPDATE SET partition = excluded.partition, "
        "written_ms = excluded.written_ms WHERE excluded.written_ms >= written_ms",
        *(_hash(tables, user), read.partition, read.timestamp_ms),
    )
    tables.run("DELETE FROM erased WHERE written_ms < (SELECT max(written_ms) FROM erased) - ?", tables.policy.keep_ms)
    [tables.n_erased] = tables.one("SELECT count(*) FROM erased")


def _hash(tables: Tables, user: str) -> bytes:
    return blake2b(user.encode(), key=tables.salt, digest_size=_HASH_BYTES).digest()
