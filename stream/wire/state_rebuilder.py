"""Restoration of a partition's state from its changelog.

A record that a later one replaces is never decoded. At the end, users are set some thousand at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from stream.core.arrays import Ints
from stream.core.encoder import Encoder
from stream.core.partition import PartitionState
from stream.core.policy import Policy
from stream.core.serving import NOTHING_SERVES
from stream.wire.backfill_records import BackfillRecord, decode_backfill
from stream.wire.placement import Placement
from stream.wire.restored_users import StoredUsers, restored_columns
from stream.wire.state_records import (
    FORMAT,
    PartitionRecord,
    StateFormatError,
    check_format,
    decode_partition,
    read_record,
    unreadable,
)
from stream.wire.user_records import NO_HEAD

EMPTY_PARTITION = PartitionRecord(FORMAT, 0, -1, NOTHING_SERVES, 0)

_CHUNK_USERS = 4_096
_NOBODY = -1  # the row of a user without a head


class StateRebuilder:
    """A builder of a partition's state from changelog records, in the order of the log.

    The last value of a key counts, and of a user's heads the last one. Items of another encoder come without vectors.
    Without `traced` no later change continues the trace of an earlier event.
    """

    def __init__(self, encoder: Encoder, policy: Policy, traced: bool = True) -> None:
        self.encoder, self.policy, self.traced = encoder, policy, traced
        self.partition: PartitionRecord | None = None
        self.backfill: BackfillRecord | None = None
        self.n_records = 0
        self._records: dict[bytes, bytes] = {}  # heads and items by key, in the order of the log
        self._declared: dict[bytes, bytes] = {}  # by user

    def add(self, key: bytes, value: bytes | None) -> None:
        """Add one changelog record. Raise StateFormatError for one that cannot be read."""
        self.n_records += 1
        kind = key[:1]
        if kind == b"i" or kind == b"u":
            self._records.pop(key, None)
            if value is not None:
                self._records[key] = value  # the last one now
        elif kind == b"d":
            self._declared.pop(key[1:], None)
            if value is not None:
                self._declared[key[1:]] = value
        elif kind == b"b" and value is not None:
            self.backfill = read_record(decode_backfill, key, value)
        elif kind == b"p" and value is not None:
            self.partition = check_format(read_record(decode_partition, key, value))

    def check_placement(self, partition: int, placement: Placement) -> None:
        """Raise MisplacedStateError unless this is the partition of every user with a state here."""
        made_for = self.partition.n_partitions if self.partition else None
        placement.check_states(partition, made_for, list(self._newest_heads()))

    def finish(self) -> PartitionState:
        """Return the state after the last record. Raise StateFormatError for a record that cannot be read."""
        partition = PartitionState(self.policy, self.encoder.dimension, self.encoder.version)
        record = self.partition or EMPTY_PARTITION
        partition.now_ms, partition.offset, partition.serving = record.now_ms, record.offset, record.serving
        for users in self._chunks():
            columns, dropped = restored_columns(users, self.encoder.version, self.policy.window_items)
            if not self.traced:
                columns = replace(columns, heads=replace(columns.heads, traceparents=[b""] * len(columns.names)))
            try:
                partition.put_columns(columns)
            except ValueError as error:
                raise StateFormatError(str(error)) from error
            partition.unsaved += dropped
        partition.set_timers()
        return partition

    def _newest_heads(self) -> dict[bytes, bytes]:
        """Return the key of the record with the head that counts, by user."""
        return {
            key[2:] if key[:1] == b"i" else key[1:]: key
            for key, value in self._records.items()
            if value[1:2] != NO_HEAD or key[:1] == b"u"
        }

    def _chunks(self) -> Iterator[StoredUsers]:
        """Yield the records of some thousand users at a time."""
        heads = self._newest_heads()
        names, row_of = list(heads), {name: row for row, name in enumerate(heads)}
        keys = [key for key in self._records if key[:1] == b"i"]
        rows = np.array([row_of.get(key[2:], _NOBODY) for key in keys], np.int64)
        self._check_owners(keys, rows, heads)
        order = np.argsort(rows, kind="stable")
        for start in range(0, len(names), _CHUNK_USERS):
            chunk = names[start : start + _CHUNK_USERS]
            first, last = np.searchsorted(rows, (start, start + len(chunk)), sorter=order).tolist()
            at = order[first:last]
            of_chunk = [keys[number] for number in at.tolist()]
            yield StoredUsers(
                names=chunk,
                heads=[(heads[name], self._records[heads[name]]) for name in chunk],
                rows=rows[at] - start,
                keys=of_chunk,
                values=[self._records[key] for key in of_chunk],
                declared={row: self._declared[name] for row, name in enumerate(chunk) if name in self._declared},
            )

    def _check_owners(self, keys: Sequence[bytes], rows: Ints, heads: Mapping[bytes, bytes]) -> None:
        """Raise StateFormatError for a record of a user without a head, or of no user."""
        orphans = [keys[at] for at in np.flatnonzero(rows == _NOBODY)[:1].tolist()]
        orphans += [b"d" + name for name in self._declared if name not in heads]
        if orphans:
            raise unreadable(orphans[0], "its user has no head")
        if b"" in heads:
            raise unreadable(heads[b""], "it names no user")
        try:
            b"\n".join(heads).decode()
        except UnicodeDecodeError as error:
            raise StateFormatError(f"the key of a state record is not UTF-8: {error}") from error
