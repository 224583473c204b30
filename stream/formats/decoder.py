"""The decoder of records of any format, recognized record by record: one topic may hold all of them.

A value that begins with a zero byte and a schema id, or has its GUID in a header, follows a schema of the registry.
CloudEvents are opened, and their data decoded alike. All others are JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

from stream.core.event import Content, Rejected
from stream.core.reasons import Reason
from stream.core.records import Records
from stream.formats.cloud_events_in import MARK, content_type, is_json, names_cloud_event, open_binary, open_structured
from stream.formats.documents import Defaults, content_of
from stream.formats.framing import HEADER, Framed, framed, is_framed
from stream.formats.readers import PayloadError, ReaderSource, read_json
from stream.wire.fields import Fields
from stream.wire.json_columns import JsonColumns
from stream.wire.json_events import decode_json
from stream.wire.reasons import rejected
from stream.wire.records import ConsumerRecord, Headers

KEY_HINT = "the key begins with a schema id; send the user id as plain text, such as with a StringSerializer for keys"


class FormatDecoder:
    """An `EventDecoder` for JSON, CloudEvents, and schemas of a registry; None: there is no registry."""

    def __init__(self, fields: Fields, schemas: ReaderSource | None) -> None:
        self.fields, self._schemas = fields, schemas
        self._json = JsonColumns(fields)

    def decode(self, record: ConsumerRecord) -> Content:
        """Return the content of a record. Raises UnavailableError while the registry does not answer."""
        if record.value is None:
            return rejected(Reason.NULL_VALUE)
        content = self._content(record, record.value)
        if isinstance(content, Rejected) and content.reason is Reason.KEY_MISMATCH and is_framed(record.key or b""):
            return replace(content, detail=KEY_HINT)
        return content

    def decode_batch(self, records: Sequence[ConsumerRecord]) -> Records:
        """Return the contents of records as columns; records without envelope and schema are decoded together."""
        enveloped = [
            row
            for row, record in enumerate(records)
            if (record.value and MARK in record.value) or (record.headers and _names_envelope(record.headers))
        ]
        return self._json.decode(records, self.decode, enveloped)

    def _content(self, record: ConsumerRecord, value: bytes) -> Content:
        headers = record.headers
        named = framed(value, headers)
        opened = open_binary(value, headers) if headers else None
        if opened is None and named is None:
            opened = open_structured(value, content_type(headers) if headers else "")
        if isinstance(opened, Rejected):
            return opened
        if opened is None:
            if named is None:
                return decode_json(record.key, value, self.fields)
            return self._by_schema(named, record.key, Defaults(blake2b(value, digest_size=8).hexdigest()))
        named = framed(opened.data, headers)
        if named is not None:
            return self._by_schema(named, record.key, opened.defaults)
        if not is_json(opened.media_type):
            detail = f"datacontenttype {opened.media_type[:80]}: expected JSON, or a schema id before the data"
            return rejected(Reason.UNKNOWN_FORMAT, detail)
        try:
            return content_of(read_json(opened.data), record.key, opened.defaults, self.fields)
        except PayloadError:
            return decode_json(record.key, opened.data, self.fields)  # says what is wrong with it

    def _by_schema(self, named: Framed, key: bytes | None, defaults: Defaults) -> Content:
        if self._schemas is None:
            detail = f"the value names schema {named.schema} of a registry: set SEGUE_REGISTRY_URL"
            return rejected(Reason.UNKNOWN_SCHEMA, detail)
        reader = self._schemas.reader(named.schema)
        if isinstance(reader, Rejected):
            return reader
        try:
            document = reader(named.payload)
        except PayloadError as error:
            return rejected(Reason.BAD_PAYLOAD, f"schema {named.schema}: {error}")
        return content_of(document, key, defaults, self.fields)


def _names_envelope(headers: Headers) -> bool:
    """Return True if the event is not the value alone. A schema id in the value is no JSON anyway."""
    return any(name == HEADER for name, _ in headers) or names_cloud_event(headers)
