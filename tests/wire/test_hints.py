"""The detail of a rejection says what a value looks like, for the forms that people send by mistake."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.event import Rejected
from stream.wire.fields import Fields
from stream.wire.hints import looks_like
from stream.wire.json_events import decode_json
from tests.bad_input import flat

GOOD: dict[str, Any] = {"user_id": "ann", "text": "milk", "timestamp": 1_700_000_000_000}


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (b"", "nothing"),
        (gzip.compress(flat(), mtime=0), "gzip"),
        (b"PK\x03\x04\x14\x00", "a zip file"),
        (b"Obj\x01\x04\x14avro.codec", "an Avro file"),
        (flat().decode().encode("utf-16"), "UTF-16"),
        (flat().decode().encode("utf-16-le"), "UTF-16"),
        (flat().decode().encode("utf-16-be"), "UTF-16"),
        (b"\xef\xbb\xbf" + flat(), "a byte order mark"),
        (str(GOOD).encode(), "a Python dict"),
        (b"{user_id: '7', text: 'milk'}", "JavaScript"),
        (b'{"user_id": "7", "amount": NaN}', "NaN or Infinity"),
        (flat() + b"\n" + flat(), "several objects"),
        (flat()[:-1], "an object that was cut off"),
        (b"[" + flat() + b"]", "a list of events"),
        (json.dumps(flat().decode()).encode(), "JSON within a JSON text"),
        (b"<event><user>7</user></event>", "XML"),
        (b"user=ann&text=milk", "a form or query string"),
        (b"ann,2023-11-14,milk,2.50\n", "a line of CSV"),
        (b"ann;2023-11-14;milk", "a line of CSV"),
    ],
)
def test_a_value_that_is_no_event_is_rejected_with_a_hint(value: bytes, hint: str) -> None:
    content = decode_json(b"ann", value, Fields())
    assert isinstance(content, Rejected)
    assert f"; it looks like {hint}" in content.detail or f"with {hint}" in content.detail


def test_a_value_that_looks_like_nothing_known_has_no_hint() -> None:
    assert looks_like(b"milk") == ""


@given(st.binary(max_size=300))
def test_any_bytes_look_like_something_or_nothing(value: bytes) -> None:
    assert looks_like(value) == "" or looks_like(value).startswith("; it looks like ")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("piece", [b"{", b"{'", b"a=", b"a=&", b"a,", b"[", b'"[', b"} {", b"NaN"])
def test_a_megabyte_of_one_piece_takes_no_more_time_than_its_beginning(piece: bytes) -> None:
    """The timeout is a deadline: an expression that tried every split would take many minutes."""
    for start in (b"", b"{", b'{"'):
        looks_like(start + piece * (1_000_000 // len(piece)))
