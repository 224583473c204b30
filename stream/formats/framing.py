"""The schema id of a value: in its first bytes, or as a GUID in a header.

Source: the wire format of Confluent's serializers,
https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format.
"""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from stream.wire.records import Headers

HEADER = "__value_schema_id"

_ID_BYTES = 1 + 4  # a zero, and the id, big-endian
_GUID_BYTES = 1 + 16  # a one, and the GUID
_ID_END = 2**31  # ids are positive and of 32 bits


class Framed(NamedTuple):
    """A payload with the name of its schema. A Protobuf payload begins with the indexes of the message."""

    schema: int | UUID
    payload: bytes


def framed(value: bytes, headers: Headers) -> Framed | None:
    """Return the schema id and the payload of a value; None if no schema is named.

    >>> framed(bytes([0, 0, 0, 0, 7]) + b"payload", [])
    Framed(schema=7, payload=b'payload')
    >>> framed(b'{"user_id": "7"}', [])
    """
    for name, header in headers:
        if name == HEADER and len(header) >= _GUID_BYTES and header[0] == 1:
            return Framed(UUID(bytes=header[1:_GUID_BYTES]), header[_GUID_BYTES:] + value)
        if name == HEADER and len(header) >= _ID_BYTES and header[0] == 0:
            return Framed(int.from_bytes(header[1:_ID_BYTES], "big"), header[_ID_BYTES:] + value)
    if is_framed(value):
        return Framed(int.from_bytes(value[1:_ID_BYTES], "big"), value[_ID_BYTES:])
    return None


def is_framed(text: bytes) -> bool:
    """Return True for bytes that begin with a schema id. No JSON begins with a zero byte."""
    return len(text) >= _ID_BYTES and text[0] == 0 and 0 < int.from_bytes(text[1:_ID_BYTES], "big") < _ID_END
