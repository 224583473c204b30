"""Readers of payloads: functions from bytes to the fields of a record. Here is that of JSON Schema.

Schemas are named by id, or by GUID.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol
from uuid import UUID

import msgspec

from stream.core.event import Rejected

Document = dict[str, Any]  # field → value; a `msgspec.Raw` is JSON as it came
Reader = Callable[[bytes], Document]

SchemaId = int | UUID

_objects = msgspec.json.Decoder(dict[str, msgspec.Raw])


class UnusableSchemaError(ValueError):
    """A schema whose payloads cannot be read as events."""


class PayloadError(ValueError):
    """A payload that does not fit its schema."""


class ReaderSource(Protocol):
    """A source of readers by schema id."""

    def reader(self, name: SchemaId) -> Reader | Rejected:
        """Return the reader of a schema, or why there is none. Raises UnavailableError."""
        ...


def read_json(payload: bytes) -> Document:
    """Return the fields of a JSON object, each as it came. Raises PayloadError."""
    try:
        return _objects.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PayloadError(f"JSON: {error}") from error
