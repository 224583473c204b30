"""`segue schema` prints JSON Schemas, and every published value is valid by its schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from stream.cli.schema import SCHEMAS, VALUES
from stream.wire.topics import (
    SEGMENT_CHANGES,
    SEGMENT_HEALTH,
    SEGMENT_LINEAGE,
    SEGMENT_PROMOTIONS,
    SEGMENTS,
    USER_EVENTS,
    USER_PROFILES,
    USER_SEGMENTS,
)
from tests.cli.command_line import run
from tests.published_records import WARNINGS, published_values

TOPICS = pytest.mark.parametrize("topic", SCHEMAS)


def validator(topic: str, folder: Path) -> jsonschema.Draft202012Validator:
    """Return a validator of the printed schema, after checking that it is one."""
    done = run(folder, "schema", topic)
    assert done.exit_code == 0, done.output
    schema = json.loads(done.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


SENT = published_values()


def test_every_json_topic_has_a_schema() -> None:
    of_users = {USER_EVENTS, SEGMENT_CHANGES, USER_SEGMENTS, USER_PROFILES}
    assert set(SCHEMAS) == of_users | {SEGMENTS, SEGMENT_LINEAGE, SEGMENT_PROMOTIONS, SEGMENT_HEALTH, WARNINGS}


@pytest.mark.parametrize("topic", VALUES)
def test_every_public_object_is_a_struct_of_wire(topic: str) -> None:
    """The core may rename its own fields: none of its classes is published."""
    published = set(structs(msgspec.inspect.type_info(VALUES[topic])))
    assert VALUES[topic] in published
    assert {each.__name__ for each in published if not each.__module__.startswith("stream.wire.")} == set()


def structs(node: Any) -> Iterator[type[Any]]:
    """Yield the classes with fields within a msgspec type."""
    match node:
        case msgspec.inspect.StructType(cls=cls, fields=fields) | msgspec.inspect.DataclassType(cls=cls, fields=fields):
            yield cls
            for field in fields:
                yield from structs(field.type)
        case msgspec.inspect.UnionType(types=types):
            for each in types:
                yield from structs(each)
        case msgspec.inspect.VarTupleType(item_type=item) | msgspec.inspect.DictType(value_type=item):
            yield from structs(item)


@TOPICS
def test_every_published_value_is_valid_by_its_schema(topic: str, tmp_path: Path) -> None:
    schema = validator(topic, tmp_path)
    assert SENT[topic]
    for value in SENT[topic]:
        schema.validate(value)


def test_the_published_values_cover_every_kind() -> None:
    changes = SENT[SEGMENT_CHANGES]
    assert {change["to"]["id"] for change in changes} >= {"s-0001", "s-0002", "inactive"}
    assert [change["certainty"] is None for change in changes].count(True) == 1
    assert {"age": 41, "vip": True} in [membership["traits"] for membership in SENT[USER_SEGMENTS]]
    assert {event["event"] for event in SENT[SEGMENT_LINEAGE]} >= {"born"}


@TOPICS
def test_incomplete_values_are_invalid(topic: str, tmp_path: Path) -> None:
    schema = validator(topic, tmp_path)
    nothing: list[Any] = [{}, [], "text", None]
    for wrong in nothing:
        assert not schema.is_valid(wrong)


@pytest.mark.parametrize("topic", [topic for topic in SCHEMAS if topic != USER_EVENTS])
def test_every_published_field_is_required(topic: str, tmp_path: Path) -> None:
    schema, value = validator(topic, tmp_path), SENT[topic][0]
    for name in value:
        assert not schema.is_valid({other: v for other, v in value.items() if other != name}), name


def test_a_topic_without_json_is_refused_with_the_list_of_those_with_json(tmp_path: Path) -> None:
    done = run(tmp_path, "schema", "profile-sample")
    assert done.exit_code == 2
    assert "'segment-changes'" in done.stderr


def test_a_schema_needs_no_settings(tmp_path: Path) -> None:
    assert run(tmp_path, "schema", SEGMENTS, env={"SEGUE_SECURITY_PROTOCOL": "nonsense"}).exit_code == 0
