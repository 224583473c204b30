"""Fields of schemas that name things otherwise, by a mapping in the words of `segue produce --columns`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from stream.formats.readers import Document

Columns = Mapping[str, tuple[str, ...]]  # field of a flat event → dotted paths, or a value after `=`


def renamed(document: Document, columns: Columns) -> Document:
    """Return a record with the mapped fields; all others stay. Values of several paths are joined by a blank.

    >>> renamed({"customer": {"id": "7"}, "a": "red", "b": "shoes"}, {"user_id": ("customer.id",), "text": ("a", "b")})
    {'customer': {'id': '7'}, 'a': 'red', 'b': 'shoes', 'user_id': '7', 'text': 'red shoes'}
    """
    sources = {path for paths in columns.values() for path in paths}
    kept = {name: value for name, value in document.items() if name != "type" or name not in sources}
    return kept | {field: _joined([_at(document, path) for path in paths]) for field, paths in columns.items()}


def _at(document: Document, path: str) -> Any:
    if path.startswith("="):
        return path[1:]
    value: Any = document
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
        if isinstance(value, msgspec.Raw):
            value = _parsed(value)
    return value


def _parsed(value: msgspec.Raw) -> Any:
    """Return a JSON value; one that cannot be read stays as it came, so that validation refuses it."""
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return value


def _joined(values: list[Any]) -> Any:
    if len(values) == 1:
        return values[0]
    return " ".join(str(value) for value in values if value is not None) or None
