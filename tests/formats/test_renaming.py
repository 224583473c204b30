"""A mapping of names, over every format with a schema."""

from __future__ import annotations

from typing import Any

import pytest

from stream.core.event import Event
from stream.files.layout import read_columns
from stream.formats.decoder import FormatDecoder
from stream.formats.readers import Document, read_json
from stream.formats.renaming import renamed
from stream.formats.schemas import Schemas
from stream.wire.fields import Fields
from stream.wire.records import ConsumerRecord
from stream.wire.topics import USER_EVENTS
from tests.formats import encodings
from tests.formats.encodings import ANY_JSON, ClientSource, memory_client
from tests.formats.test_avro_shape import record

COLUMNS = read_columns("user_id=customer.id,timestamp=at,text=title+shelf,kind=type,amount=paid,id==fixed")
ORDER: dict[str, Any] = {
    "customer": {"id": "ann"},
    "at": 1_700_000_000_000,
    "title": "red shoes",
    "shelf": None,
    "type": "PURCHASE",
    "paid": 9.5,
}
EXPECTED = Event("ann", "fixed", "purchase", 1_700_000_000_000, "red shoes", 9.5)
AVRO = record(
    "Order",
    customer=record("Customer", id="string"),
    at="long",
    title="string",
    shelf=["null", "string"],
    type="string",
    paid="double",
)


@pytest.mark.parametrize("kind", ["avro", "json schema"])
def test_a_schema_that_names_things_otherwise_gives_the_event(kind: str) -> None:
    source = ClientSource(memory_client())
    avro, in_json = encodings.avro(source.client, AVRO), encodings.json_schema(source.client, ANY_JSON)
    value = (avro if kind == "avro" else in_json)(ORDER)
    decoder = FormatDecoder(Fields(), Schemas(source, COLUMNS))
    assert decoder.decode(ConsumerRecord(USER_EVENTS, 0, 0, 0, b"ann", value, [])) == EXPECTED


@pytest.mark.parametrize(
    ("document", "columns", "expected"),
    [
        ({"a": 1}, "", {"a": 1}),
        ({"a": 1}, "user_id=b", {"a": 1, "user_id": None}),
        ({"a": {"b": 1}}, "user_id=a.b.c", {"a": {"b": 1}, "user_id": None}),
        ({"a": None}, "text=a+b", {"a": None, "text": None}),
        ({"user_id": 1, "a": 2}, "user_id=a", {"user_id": 2, "a": 2}),
        ({"type": "track"}, "kind=kind", {"type": "track", "kind": None}),
    ],
)
def test_only_mapped_fields_change(document: Document, columns: str, expected: Document) -> None:
    assert renamed(document, read_columns(columns)) == expected


def test_a_value_that_is_no_json_is_left_for_validation() -> None:
    document = read_json(b'{"a": "\xff"}')
    assert bytes(renamed(document, read_columns("text=a"))["text"]) == b'"\xff"'
