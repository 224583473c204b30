"""The shape of an Avro schema: is it recursive, and does an array hold items without bytes.

Both are legal, and both let a few bytes of a corrupted payload end or stop a process that decodes them.
"""

from __future__ import annotations

from typing import Any

Definitions = dict[str, dict[str, Any]]

_NAMED = ("record", "error", "enum", "fixed")


def definitions(schema: Any) -> Definitions:
    """Return the named types of a parsed schema, by full name."""
    found: Definitions = {}
    _collect(schema, found)
    return found


def is_recursive(schema: Any, named: Definitions, above: tuple[str, ...] = ()) -> bool:
    """Return True if a record can hold a record of its own type."""
    if isinstance(schema, str):
        return schema in above or (schema in named and is_recursive(named[schema], named, above))
    if isinstance(schema, dict) and schema.get("type") in ("record", "error"):
        above = (*above, schema["name"])
        return any(is_recursive(field["type"], named, above) for field in schema["fields"])
    return any(is_recursive(part, named, above) for part in _parts(schema))


def has_empty_items(schema: Any, named: Definitions) -> bool:
    """Return True if an array has items that take no bytes. The schema is not recursive, or an item is a null."""
    found = any(has_empty_items(part, named) for part in _parts(schema))
    if isinstance(schema, dict) and schema.get("type") == "array":
        return found or _is_empty(schema["items"], named)
    return found


def _is_empty(schema: Any, named: Definitions, above: tuple[str, ...] = ()) -> bool:
    """Return True if every value of the schema takes no bytes."""
    if isinstance(schema, str):
        return schema == "null" or (
            schema in named and schema not in above and _is_empty(named[schema], named, (*above, schema))
        )
    if not isinstance(schema, dict):
        return False  # a union takes a byte for the branch
    match schema["type"]:
        case "fixed":
            return bool(schema["size"] == 0)
        case "record" | "error":
            return all(_is_empty(field["type"], named, above) for field in schema["fields"])
        case "null":
            return True
    return False


def _collect(schema: Any, found: Definitions) -> None:
    if isinstance(schema, dict) and schema.get("type") in _NAMED:
        found[schema["name"]] = schema
    for part in _parts(schema):
        _collect(part, found)


def _parts(schema: Any) -> list[Any]:
    """Return the schemas directly inside a schema."""
    if isinstance(schema, list):
        return schema
    if not isinstance(schema, dict):
        return []
    match schema["type"]:
        case "record" | "error":
            return [field["type"] for field in schema["fields"]]
        case "array":
            return [schema["items"]]
        case "map":
            return [schema["values"]]
        case dict() | list() as inner:
            return [inner]
    return []
