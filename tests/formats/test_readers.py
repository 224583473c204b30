"""The reader of JSON objects keeps values as they came."""

from __future__ import annotations

import pytest

from stream.formats.readers import PayloadError, read_json


def test_values_stay_as_they_came() -> None:
    document = read_json(b'{"user_id": "7", "n": 123456789012345678901234567890, "nested": {"a": [1, null]}}')
    assert {name: bytes(value) for name, value in document.items()} == {
        "user_id": b'"7"',
        "n": b"123456789012345678901234567890",
        "nested": b'{"a": [1, null]}',
    }


@pytest.mark.parametrize("payload", [b"", b"[1]", b'"text"', b"null", b"{", b'{"a": }', b'{"\xff": 1}', b"[" * 100_000])
def test_anything_but_an_object_is_a_payload_error(payload: bytes) -> None:
    with pytest.raises(PayloadError, match="JSON"):
        read_json(payload)
