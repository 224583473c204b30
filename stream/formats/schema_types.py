"""The type of a schema. A registry that says none means Avro, but Apicurio leaves it out for others too."""

from __future__ import annotations

import json
from enum import StrEnum

from stream.formats.protobuf import file_descriptor
from stream.formats.readers import UnusableSchemaError

_OF_JSON_SCHEMA = frozenset({"$schema", "$ref", "properties", "anyOf", "oneOf", "allOf"})  # words that Avro has not


class SchemaType(StrEnum):
    """A type of schema, as registries name it."""

    AVRO = "AVRO"
    JSON = "JSON"
    PROTOBUF = "PROTOBUF"


def schema_type(said: str | None, text: str) -> SchemaType:
    """Return the type of a schema, by its text if the registry says Avro or nothing. Raises UnusableSchemaError.

    >>> schema_type(None, '{"type": "object"}')
    <SchemaType.JSON: 'JSON'>
    """
    try:
        known = SchemaType(said or "AVRO")
    except ValueError:
        raise UnusableSchemaError(f"expected a schema of AVRO, JSON or PROTOBUF, got {said}") from None
    return _by_text(text) if known is SchemaType.AVRO else known


def _by_text(text: str) -> SchemaType:
    if file_descriptor(text) is not None or text.lstrip().startswith(("syntax", "edition", "package", "message")):
        return SchemaType.PROTOBUF
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return SchemaType.AVRO
    if isinstance(document, dict) and (_OF_JSON_SCHEMA & document.keys() or document.get("type") == "object"):
        return SchemaType.JSON
    return SchemaType.AVRO
