"""Where a schema id is: in the first bytes, or in a header."""

from __future__ import annotations

from uuid import UUID

import pytest

from stream.formats.framing import HEADER, Framed, framed, is_framed
from stream.wire.records import Headers

GUID = UUID("6f1b0b5e-0c4f-4d6e-9a55-3f0f5a1f9d11")


@pytest.mark.parametrize(
    ("value", "headers", "expected"),
    [
        (b"\0\0\0\0\x07rest", [], Framed(7, b"rest")),
        (b"\0\0\0\0\x07", [], Framed(7, b"")),
        (b"\0\x7f\xff\xff\xff!", [], Framed(2**31 - 1, b"!")),
        (b"rest", [("other", b""), (HEADER, b"\x01" + GUID.bytes)], Framed(GUID, b"rest")),
        (b"rest", [(HEADER, b"\x01" + GUID.bytes + b"\x02\x04")], Framed(GUID, b"\x02\x04rest")),
        (b"rest", [(HEADER, b"\0\0\0\0\x07\x02\x04")], Framed(7, b"\x02\x04rest")),
        (b"\0\0\0\0\x07rest", [(HEADER, b"short")], Framed(7, b"rest")),
        (b"\0\0\0\x07", [], None),  # too short
        (b"\0\0\0\0\0rest", [], None),  # no registry gives the id 0
        (b"\0\x80\0\0\0rest", [], None),  # nor one of more than 31 bits
        (b'{"user_id": "7"}', [], None),
        (b"", [], None),
    ],
)
def test_a_schema_is_named_by_id_or_guid(value: bytes, headers: Headers, expected: Framed | None) -> None:
    assert framed(value, headers) == expected


def test_bytes_are_framed_by_a_zero_and_an_id() -> None:
    assert is_framed(b"\0\0\0\0\x07user")
    assert not is_framed(b"user")
