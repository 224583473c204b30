"""A user's state as records of the changelog: items, each perhaps with the user's head, and what was declared.

An event writes one record: the item, with the head in it. A head in a record of its own is one with which no item
changed. Only the newest head of a user counts, by its place in the log; other records may hold older ones. The kernel
writes these records in C, byte by byte as msgspec would.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from stream.core.event import Scalar
from stream.core.labels import PublishedLabel
from stream.wire.state_records import check_format, read_record


class HeadRecord(msgspec.Struct, array_like=True, frozen=True):
    """State of a user without items, traits and labels."""

    format: int
    segment: str
    since_ms: int
    candidate: str | None
    candidate_since_ms: int
    sequence: int
    n_events: int
    sampled_ms: int
    offset: int
    pinned_by: str
    traceparent: str


class ItemRecord(msgspec.Struct, array_like=True, frozen=True):
    """An item of a window; `vector` is d int8 bytes, times `scale` the embedding of `text` by `encoder`."""

    head: HeadRecord | None
    time_ms: int
    id: str
    kind: str
    amount: float
    text: str
    scale: float
    vector: bytes
    encoder: str


class DeclaredRecord(msgspec.Struct, array_like=True, frozen=True):
    """Declared traits of a user, and the published labels."""

    traits: dict[str, Scalar]
    labels: dict[str, PublishedLabel]  # a named tuple, so an array: the core may rename its fields


_encode = msgspec.msgpack.Encoder().encode
decode_head = msgspec.msgpack.Decoder(HeadRecord).decode
decode_item = msgspec.msgpack.Decoder(ItemRecord).decode
decode_declared = msgspec.msgpack.Decoder(DeclaredRecord).decode

NO_HEAD = b"\xc0"  # msgpack's nil, in the second byte of an item

_NOT_HERE = -1  # an offset counts in its own partition only
_USER_STARTS = {b"i": 2, b"u": 1, b"d": 1}  # in the key of a user's record


def item_key(slot: int, user: str) -> bytes:
    """Return the key of the item in a slot of a user's window."""
    return b"i" + bytes((slot,)) + user.encode()


def user_of_key(key: bytes) -> bytes | None:
    """Return the user of a record; None for a record of the partition.

    >>> user_of_key(item_key(0, "ann")), user_of_key(b"p")
    (b'ann', None)
    """
    start = _USER_STARTS.get(key[:1])
    return None if start is None else key[start:]


def has_head(key: bytes, value: bytes) -> bool:
    """Return True for a record of a user with a head."""
    return key[:1] == b"u" or (key[:1] == b"i" and value[1:2] != NO_HEAD)


def newest_head(records: Mapping[bytes, bytes]) -> HeadRecord | None:
    """Return the head that counts, of records of one user in the order of the log; None without one.

    Raise StateFormatError if it cannot be read.
    """
    key = _newest(records)
    if key is None:
        return None
    value = records[key]
    head = read_record(decode_item, key, value).head if key[:1] == b"i" else read_record(decode_head, key, value)
    return check_format(head) if head else None


def _newest(records: Mapping[bytes, bytes]) -> bytes | None:
    return next((key for key in reversed(list(records)) if has_head(key, records[key])), None)


def portable_state(records: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Return the records of a user's state for another partition; they mean the same in any order.

    Only the newest head is left, and it has no offset: offsets count in their own partition.
    """
    newest, found = _newest(records), dict[bytes, bytes]()
    for key, value in records.items():
        if key[:1] == b"i" and has_head(key, value):
            item = read_record(decode_item, key, value)
            head = _without_offset(item.head) if item.head and key == newest else None
            found[key] = _encode(msgspec.structs.replace(item, head=head))
        elif key[:1] != b"u":
            found[key] = value
        elif key == newest:
            found[key] = _encode(_without_offset(read_record(decode_head, key, value)))
    return found


def _without_offset(head: HeadRecord) -> HeadRecord:
    return msgspec.structs.replace(check_format(head), offset=_NOT_HERE)
