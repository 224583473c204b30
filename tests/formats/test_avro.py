"""Avro payloads as fastavro writes them: every type, and payloads that would end a careless process."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from fastavro import parse_schema, schemaless_writer
from hypothesis import given
from hypothesis import strategies as st

from stream.formats.avro import avro_reader
from stream.formats.readers import PayloadError, UnusableSchemaError
from tests.formats.test_avro_shape import record

MOMENT = datetime(2026, 11, 27, 12, 30, 0, 250_000, UTC)
RICH = record(
    "Event",
    user_id={"type": "string", "logicalType": "uuid"},
    at={"type": "long", "logicalType": "timestamp-millis"},
    at_micros={"type": "long", "logicalType": "timestamp-micros"},
    day={"type": "int", "logicalType": "date"},
    price={"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
    kind={"type": "enum", "name": "Kind", "symbols": ["VIEW", "PURCHASE"]},
    text=["null", "string"],
    raw="bytes",
    tags={"type": "array", "items": "string"},
    counts={"type": "map", "values": "long"},
    product=["null", record("Product", name="string", ratio="float")],
    flag="boolean",
)
VALUES: dict[str, Any] = {
    "user_id": UUID("6f1b0b5e-0c4f-4d6e-9a55-3f0f5a1f9d11"),
    "at": MOMENT,
    "at_micros": MOMENT,
    "day": date(2026, 11, 27),
    "price": Decimal("59.90"),
    "kind": "PURCHASE",
    "text": "red shoes",
    "raw": b"\xff\x00",
    "tags": ["a", "b"],
    "counts": {"x": 2**40},
    "product": {"name": "shoe", "ratio": 0.5},
    "flag": True,
}
CHAIN = record("Event", user_id="string", next=["null", "Event"])


def written(schema: Any, value: Any) -> bytes:
    """The payload of a value."""
    target = BytesIO()
    schemaless_writer(target, parse_schema(schema), value)
    return target.getvalue()


def test_a_record_comes_back_with_logical_types_as_python_has_them() -> None:
    assert avro_reader(json.dumps(RICH), {})(written(RICH, VALUES)) == VALUES


@pytest.mark.parametrize(
    ("payload", "detail"),
    [
        (b"", "EOFError"),
        (b"\x04\xff\xfe", "UnicodeDecodeError"),
        (b"\x48" + b"x" * 36, "ValueError"),  # no UUID
        (b"\x02ab" + b"\x00" * 40, "ValueError"),
        (written(RICH, VALUES)[:-3], "Error"),
        (written(RICH, VALUES) + b"!", "1 bytes are left over"),
        (b"\xff" * 20, "Error"),
    ],
)
def test_a_payload_that_does_not_fit_is_an_error_with_its_cause(payload: bytes, detail: str) -> None:
    with pytest.raises(PayloadError, match=detail):
        avro_reader(json.dumps(RICH), {})(payload)


@given(payload=st.binary(max_size=300), cut=st.integers(0, 150))
def test_any_bytes_are_a_record_or_a_payload_error(payload: bytes, cut: int) -> None:
    reader = avro_reader(json.dumps(RICH), {})
    for corrupted in (payload, written(RICH, VALUES)[:cut] + payload):
        try:
            assert isinstance(reader(corrupted), dict)
        except PayloadError:
            continue


def test_a_chain_of_records_of_one_type_is_read_and_a_million_of_them_are_refused() -> None:
    reader = avro_reader(json.dumps(CHAIN), {})
    assert reader(written(CHAIN, {"user_id": "7", "next": {"user_id": "8", "next": None}})) == {
        "user_id": "7",
        "next": {"user_id": "8", "next": None},
    }
    with pytest.raises(PayloadError, match="RecursionError"):
        reader(b"\x00\x02" * 1_000_000 + b"\x00\x00")  # ended the process in the compiled reader


@pytest.mark.parametrize(
    ("schema", "detail"),
    [
        ('"string"', "not of a record"),
        ('["null", {"type": "record", "name": "E", "fields": []}]', "not of a record"),
        (json.dumps(record("E", x={"type": "array", "items": "null"})), "items without bytes"),
        (json.dumps(record("E", x="Nowhere")), "cannot be read"),
        ("{", "cannot be read"),
        ("", "cannot be read"),
        ("[]", "not of a record"),
        ('{"type": "record"}', "cannot be read"),
    ],
)
def test_a_schema_without_readable_records_is_unusable(schema: str, detail: str) -> None:
    with pytest.raises(UnusableSchemaError, match=detail):
        avro_reader(schema, {})


def test_references_are_found_by_name() -> None:
    product = record("Product", name="string") | {"namespace": "shop"}
    event = record("Event", product="shop.Product")
    assert avro_reader(json.dumps(event), {"shop.Product": product})(b"\x04ab") == {"product": {"name": "ab"}}
