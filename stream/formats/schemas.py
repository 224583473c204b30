"""Readers by schema id. A schema never changes, so a reader is kept for ever; a missing id is asked for again later."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from time import monotonic
from types import MappingProxyType
from typing import Any, Protocol

from confluent_kafka.schema_registry import Schema
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from stream.core.event import Rejected
from stream.core.reasons import Reason
from stream.formats.avro import avro_reader
from stream.formats.protobuf import file_descriptor, protobuf_reader
from stream.formats.readers import Reader, SchemaId, UnusableSchemaError, read_json
from stream.formats.registry import UnknownSchemaError
from stream.formats.renaming import Columns, renamed
from stream.formats.schema_types import SchemaType, schema_type
from stream.wire.reasons import rejected

NO_COLUMNS: Columns = MappingProxyType({})
ASK_AGAIN_S = 30.0  # about an id that the registry did not have: one request, not one for each record


class SchemaSource(Protocol):
    """A source of schemas: raises UnknownSchemaError, or UnavailableError while it does not answer."""

    def schema(self, name: SchemaId, *, serialized: bool = False) -> Schema:
        """Return a schema, as stored or in the serialized form of its type."""
        ...

    def version(self, subject: str, version: int, *, serialized: bool = False) -> Schema:
        """Return a version of a subject."""
        ...


class Schemas:
    """Readers of a registry's schemas; `columns` says where fields of another name are."""

    def __init__(
        self, source: SchemaSource, columns: Columns = NO_COLUMNS, clock_s: Callable[[], float] = monotonic
    ) -> None:
        self._source, self._columns, self._clock_s = source, columns, clock_s
        self._known: dict[SchemaId, Reader | Rejected] = {}
        self._missing: dict[SchemaId, float] = {}  # id → when to ask again

    def reader(self, name: SchemaId) -> Reader | Rejected:
        """Return the reader of a schema, or why there is none. Raises UnavailableError."""
        known = self._known.get(name)
        if known is not None:
            return known
        if self._missing.get(name, 0.0) <= self._clock_s():
            self._missing.pop(name, None)
            try:
                self._known[name] = reader = self._renaming(self._read(name))
                return reader
            except UnknownSchemaError:
                self._missing[name] = self._clock_s() + ASK_AGAIN_S
        return rejected(
            Reason.UNKNOWN_SCHEMA, f"the registry has no schema {name}: is SEGUE_REGISTRY_URL the right one"
        )

    def _renaming(self, reader: Reader | Rejected) -> Reader | Rejected:
        if isinstance(reader, Rejected) or not self._columns:
            return reader
        return lambda payload: renamed(reader(payload), self._columns)

    def _read(self, name: SchemaId) -> Reader | Rejected:
        schema = self._source.schema(name)
        try:
            match schema_type(schema.schema_type, schema.schema_str or ""):
                case SchemaType.AVRO:
                    return avro_reader(schema.schema_str or "", dict(self._avro_references(schema)))
                case SchemaType.JSON:
                    return read_json
                case SchemaType.PROTOBUF:
                    imports = {file.name: file for file in self._imports(schema)}
                    main = self._serialized(schema, partial(self._source.schema, name, serialized=True))
                    return protobuf_reader(main, imports.values())
        except UnusableSchemaError as error:
            return rejected(Reason.UNUSABLE_SCHEMA, f"schema {name}: {error}")

    def _avro_references(self, schema: Schema) -> Iterator[tuple[str, Any]]:
        """Yield the schemas that a schema refers to, by name and by full name."""
        for reference in schema.references or ():
            other = self._source.version(str(reference.subject), int(reference.version or 0))
            yield from self._avro_references(other)
            document = _json(other)
            yield str(reference.name), document
            if isinstance(document, dict) and "." not in str(document.get("name", ".")):
                yield f"{document.get('namespace')}.{document['name']}", document

    def _imports(self, schema: Schema) -> Iterator[FileDescriptorProto]:
        """Yield the files that a Protobuf schema imports, each after its own imports."""
        for reference in schema.references or ():
            subject, version = str(reference.subject), int(reference.version or 0)
            other = self._source.version(subject, version)
            yield from self._imports(other)
            file = self._serialized(other, partial(self._source.version, subject, version, serialized=True))
            file.name = str(reference.name)
            yield file

    def _serialized(self, schema: Schema, again: Callable[[], Schema]) -> FileDescriptorProto:
        """Return the descriptor of a schema. Some registries keep it as it was sent, others send it only when asked."""
        found = file_descriptor(schema.schema_str or "") or file_descriptor(again().schema_str or "")
        if found is None:
            raise UnusableSchemaError("the registry sends the Protobuf schema as text, not serialized")
        return found


def _json(schema: Schema) -> Any:
    try:
        return json.loads(schema.schema_str or "")
    except ValueError as error:
        raise UnusableSchemaError(f"a referenced Avro schema is not JSON: {error}") from error
