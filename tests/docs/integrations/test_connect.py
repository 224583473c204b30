"""The connectors of Kafka Connect: topics, fields and headers that exist, and no isolation level but read committed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from stream.wire.changes import CHANGED, SegmentChange
from stream.wire.cloud_events import cloud_event
from stream.wire.memberships import UserSegment
from stream.wire.topics import SEGMENT_CHANGES, TOPICS, USER_SEGMENTS
from stream.wire.trace_context import NAMES
from tests.docs.integrations.exposed import INTEGRATIONS

FILES = sorted((INTEGRATIONS / "connect").glob("*.json"))
CONNECTORS: dict[str, dict[str, Any]] = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FILES}
VALUES: dict[str, type[msgspec.Struct]] = {SEGMENT_CHANGES: SegmentChange, USER_SEGMENTS: UserSegment}
JDBC = [name for name in CONNECTORS if name.endswith("-jdbc")]
SQL = {"string": str, "int32": int, "int64": int}


def test_there_are_jdbc_sinks_of_both_topics_and_one_for_elasticsearch() -> None:
    assert {CONNECTORS[name]["config"]["topics"] for name in JDBC} == VALUES.keys()
    assert len(CONNECTORS) == len(JDBC) + 1


@pytest.mark.parametrize("name", CONNECTORS)
def test_a_connector_is_a_request_of_the_rest_api(name: str) -> None:
    connector = CONNECTORS[name]
    assert connector.keys() == {"name", "config"}
    assert all(isinstance(value, str) for value in connector["config"].values())
    assert connector["config"]["topics"] in {topic.name for topic in TOPICS}


@pytest.mark.parametrize("name", CONNECTORS)
def test_aborted_records_are_not_read_and_no_password_is_in_the_file(name: str) -> None:
    config = CONNECTORS[name]["config"]
    assert config["consumer.override.isolation.level"] == "read_committed"
    assert config["connection.password"] == "${env:SEGUE_SINK_PASSWORD}"


@pytest.mark.parametrize("name", CONNECTORS)
def test_transformations_and_predicates_are_declared_once_each(name: str) -> None:
    config = CONNECTORS[name]["config"]
    for kind in ("transforms", "predicates"):
        used = {key.split(".")[1] for key in config if key.startswith(f"{kind}.")}
        assert used == set(filter(None, config.get(kind, "").split(",")))
    predicates = {value for key, value in config.items() if key.endswith(".predicate")}
    assert predicates <= set(config.get("predicates", "").split(","))


@pytest.mark.parametrize("name", JDBC)
def test_the_schema_of_a_table_has_fields_of_the_values(name: str) -> None:
    config = CONNECTORS[name]["config"]
    schema = json.loads(config["value.converter.schema.content"])
    assert list(_wrong(schema, VALUES[config["topics"]])) == []


def test_a_field_that_does_not_exist_is_found() -> None:
    fields = [{"field": "colour", "type": "string", "optional": False}]
    assert list(_wrong({"type": "struct", "fields": fields}, UserSegment)) == ["colour"]


def _wrong(schema: dict[str, Any], value: type[msgspec.Struct]) -> Iterator[str]:
    known = {field.encode_name: field.type for field in msgspec.structs.fields(value)}
    for field in schema["fields"]:
        type_ = known.get(field["field"])
        if type_ is None:
            yield field["field"]
        elif field["type"] == "struct":
            yield from _wrong(field, type_)
        elif field["optional"] != (type_ == SQL[field["type"]] | None):
            yield field["field"]


def test_of_the_headers_of_a_change_only_its_id_becomes_a_column() -> None:
    config = CONNECTORS["segment-changes-jdbc"]["config"]
    sent = [name for name, _ in cloud_event("id", CHANGED, "user", 0, sequence="1")]
    dropped = config["transforms.id.headers"].split(",")
    assert {*sent, *NAMES} - set(dropped) == {config["primary.key.fields"]}
