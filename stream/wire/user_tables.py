"""Tables with a record or several for each user, as bytes: what moves when a topic gets more partitions.

A user's records move together. Digests do not depend on the partition, on order, nor on offsets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from stream.wire.cloud_events import JSON_HEADERS
from stream.wire.records import Headers
from stream.wire.topics import USER_PROFILES, USER_SEGMENTS, changelog
from stream.wire.user_records import newest_head, portable_state, user_of_key

MOVED_HEADER = "segue.moved.partition"
_DIGEST_BYTES = 16
_MODULUS = 1 << (8 * _DIGEST_BYTES)
Rank = tuple[int, int]  # of two states of one user the larger one stays
Records = Mapping[bytes, bytes]  # values by key

_NO_RANK = -1, -1


class _Sequenced(msgspec.Struct):
    sequence: int


class _Timed(msgspec.Struct):
    time_ms: int


_decode_sequence = msgspec.json.Decoder(_Sequenced).decode
_decode_time = msgspec.json.Decoder(_Timed).decode


def is_moved(headers: Headers) -> bool:
    """Return True for the headers of a tombstone that tells of a move to another partition, and of no erasure."""
    return any(name == MOVED_HEADER for name, _ in headers)


@dataclass(frozen=True, slots=True)
class UserTable:
    """A topic with records of users. `user_of` returns None for a record of the partition itself.

    `rank` and `portable` are given the records of one user in the order of the log.
    """

    topic: str
    user_of: Callable[[bytes], bytes | None]
    rank: Callable[[Records], Rank]
    portable: Callable[[Records], Records]
    headers: Headers = field(default_factory=list)


def state_table(group: str) -> UserTable:
    """Return the changelog of a group's user states."""
    return UserTable(changelog(group).name, user_of_key, _rank_of_state, portable_state)


def membership_table() -> UserTable:
    """Return the table of memberships."""
    return UserTable(USER_SEGMENTS, lambda key: key, _rank_of_membership, dict, list(JSON_HEADERS))


def profile_table() -> UserTable:
    """Return the table of profiles."""
    return UserTable(USER_PROFILES, lambda key: key, _rank_of_profile, dict, list(JSON_HEADERS))


class TableReader:
    """A reader of one partition of a table: records of each user, and of the partition itself, by key."""

    def __init__(self, table: UserTable) -> None:
        self._table = table
        self.users: dict[bytes, dict[bytes, bytes]] = {}
        self.own: dict[bytes, bytes] = {}

    def add(self, key: bytes, value: bytes | None) -> None:
        """Take in one record."""
        user = self._table.user_of(key)
        if user is None:
            _put(self.own, key, value)
            return
        records = self.users.setdefault(user, {})
        _put(records, key, value)
        if not records:
            del self.users[user]

    def rank(self, user: bytes) -> Rank:
        """Return the rank of a user's records."""
        return self._table.rank(self.users[user])

    def digest(self, user: bytes) -> int:
        """Return a number that changes with any byte of the user's records."""
        hashed = blake2b(digest_size=_DIGEST_BYTES)
        for key, value in sorted(self.moved(user).items()):
            hashed.update(b"%d %d " % (len(key), len(value)) + key + value)
        return int.from_bytes(hashed.digest(), "big")

    def moved(self, user: bytes) -> Records:
        """Return the user's records as they are in another partition."""
        return self._table.portable(self.users[user])


class Contents(NamedTuple):
    """Users of a table, by number and digest. Equal contents are equal in every record."""

    n_users: int = 0
    digest: int = 0

    def plus(self, digest: int) -> Contents:
        """Return the contents with one more user."""
        return Contents(self.n_users + 1, (self.digest + digest) % _MODULUS)

    def __str__(self) -> str:
        return f"{self.n_users} users, digest {self.digest:032x}"


def _put(records: dict[bytes, bytes], key: bytes, value: bytes | None) -> None:
    records.pop(key, None)
    if value is not None:
        records[key] = value  # the last one now


def _rank_of_state(records: Records) -> Rank:
    head = newest_head(records)
    return (head.sequence, head.n_events) if head else _NO_RANK


def _rank_of_membership(records: Records) -> Rank:
    try:
        return max((_decode_sequence(value).sequence, 0) for value in records.values())
    except msgspec.DecodeError:  # of another writer
        return _NO_RANK


def _rank_of_profile(records: Records) -> Rank:
    try:
        return max((_decode_time(value).time_ms, 0) for value in records.values())
    except msgspec.DecodeError:  # of another writer
        return _NO_RANK
