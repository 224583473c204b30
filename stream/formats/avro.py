"""Avro payloads as values, by the schema that wrote them; aliases and defaults of other schemas have no effect.

Source: the Avro specification, https://avro.apache.org/docs/1.12.0/specification/.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from confluent_kafka.schema_registry.common.avro import parse_schema_with_repo
from fastavro import _read_py, schemaless_reader
from fastavro.schema import SchemaParseException

from stream.formats.avro_shape import definitions, has_empty_items, is_recursive
from stream.formats.readers import PayloadError, Reader, UnusableSchemaError

_UNREADABLE = (EOFError, ValueError, LookupError, ArithmeticError, TypeError, RecursionError)


def avro_reader(text: str, references: Mapping[str, Any]) -> Reader:
    """Return the reader of a schema. `references` are other schemas by name. Raises UnusableSchemaError."""
    try:
        schema = parse_schema_with_repo(text, dict(references))
    except (SchemaParseException, ValueError, LookupError, TypeError) as error:
        raise UnusableSchemaError(f"the Avro schema cannot be read: {error}") from error
    if not isinstance(schema, dict) or schema.get("type") != "record":
        raise UnusableSchemaError("the Avro schema is not of a record")
    named = definitions(schema)
    if has_empty_items(schema, named):
        raise UnusableSchemaError("the Avro schema has an array of items without bytes")
    # The compiled reader recurses on the C stack: a long chain of records of one type would end the process.
    read = _read_py.schemaless_reader if is_recursive(schema, named) else schemaless_reader

    def read_record(payload: bytes) -> dict[str, Any]:
        source = BytesIO(payload)
        try:
            record: Any = read(source, schema, None)
        except _UNREADABLE as error:
            raise PayloadError(f"Avro: {type(error).__name__}: {error}") from error
        if left := len(payload) - source.tell():
            raise PayloadError(f"Avro: {left} bytes are left over after the record")
        return dict(record)

    return read_record
