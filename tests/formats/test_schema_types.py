"""The type of a schema, also where the registry leaves it out."""

from __future__ import annotations

from base64 import b64encode

import pytest

from stream.formats.readers import UnusableSchemaError
from stream.formats.schema_types import SchemaType, schema_type
from tests.formats.messages import event_file

DESCRIPTOR = b64encode(event_file().SerializeToString()).decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"type": "record", "name": "E", "fields": []}', SchemaType.AVRO),
        ('["null", "string"]', SchemaType.AVRO),
        ('"string"', SchemaType.AVRO),
        ("nonsense", SchemaType.AVRO),
        ("", SchemaType.AVRO),
        ('{"type": "object"}', SchemaType.JSON),
        ('{"$schema": "http://json-schema.org/draft-07/schema#", "title": "E"}', SchemaType.JSON),
        ('{"properties": {"a": {"type": "string"}}}', SchemaType.JSON),
        (DESCRIPTOR, SchemaType.PROTOBUF),
        ('syntax = "proto3";\nmessage E {}', SchemaType.PROTOBUF),
    ],
)
def test_a_type_that_is_left_out_follows_from_the_text(text: str, expected: SchemaType) -> None:
    assert schema_type(None, text) is expected
    assert schema_type("AVRO", text) is expected


def test_a_type_that_is_said_is_believed_and_an_unknown_one_refused() -> None:
    assert schema_type("JSON", '{"type": "record"}') is SchemaType.JSON
    assert schema_type("PROTOBUF", "{}") is SchemaType.PROTOBUF
    with pytest.raises(UnusableSchemaError, match="got XML"):
        schema_type("XML", "<schema/>")
