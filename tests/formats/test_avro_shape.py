"""Shapes of Avro schemas with which few bytes could end or stop a process."""

from __future__ import annotations

from typing import Any

import pytest
from fastavro import parse_schema

from stream.formats.avro_shape import definitions, has_empty_items, is_recursive


def record(type_name: str, /, **fields: Any) -> dict[str, Any]:
    """A record with these fields."""
    return {"type": "record", "name": type_name, "fields": [{"name": n, "type": t} for n, t in fields.items()]}


def parsed(**fields: Any) -> Any:
    """A record `Event` with these fields, as fastavro parses it."""
    return parse_schema(record("Event", **fields))


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (parsed(next=["null", "Event"]), True),
        (parsed(children={"type": "array", "items": "Event"}), True),
        (parsed(by_name={"type": "map", "values": ["null", record("Inner", outer="Event")]}), True),
        (parsed(a=record("Twice", x="int"), b="Twice", c=["null", "Twice"]), False),
        (
            parsed(a={"type": "fixed", "name": "F", "size": 2}, b="F", c={"type": "string", "logicalType": "uuid"}),
            False,
        ),
    ],
)
def test_a_schema_is_recursive_if_a_record_can_hold_its_own_type(schema: Any, expected: bool) -> None:
    assert is_recursive(schema, definitions(schema)) == expected


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ("null", True),
        (record("Nothing", a="null", b={"type": "fixed", "name": "Zero", "size": 0}), True),
        ({"type": "array", "items": "null"}, True),
        (["null"], False),
        ("boolean", False),
        (record("Something", a="null", b="int"), False),
        ({"type": "map", "values": "null"}, False),
    ],
)
def test_items_are_empty_if_no_value_of_theirs_takes_a_byte(items: Any, expected: bool) -> None:
    schema = parsed(list={"type": "array", "items": items})
    assert has_empty_items(schema, definitions(schema)) == expected


def test_an_empty_item_is_found_by_the_name_of_its_type() -> None:
    schema = parsed(a=record("Nothing", x="null"), b={"type": "array", "items": "Nothing"})
    assert has_empty_items(schema, definitions(schema))
