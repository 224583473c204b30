"""docs/asyncapi.yaml says what the code says: topics, keys of the configuration, headers and schemas."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
import yaml

from stream.cli.schema import SCHEMAS
from stream.wire.cloud_events import JSON_HEADERS
from stream.wire.topics import (
    DEAD_LETTERS,
    PROFILE_SAMPLE,
    SEGMENT_CHANGES,
    SEGMENT_HEALTH,
    SEGMENT_LINEAGE,
    SEGMENT_MODEL,
    SEGMENT_PROMOTIONS,
    SEGMENTS,
    TOPICS,
    USER_EVENTS,
    USER_PROFILES,
    USER_SEGMENTS,
    Topic,
)
from tests.asyncapi_schemas import BEGIN, DOCUMENT, REFERENCE, definitions, values, written
from tests.docs.public_names import header_names
from tests.published_records import WARNINGS, channel_of, published_records

PUBLISHED = published_records()
TEXT = DOCUMENT.read_text(encoding="utf-8")
API: dict[str, Any] = yaml.safe_load(TEXT)


def messages(topic: str) -> list[dict[str, Any]]:
    """Return the documented messages of a topic."""
    references = [each["$ref"] for each in API["channels"][topic]["messages"].values()]
    return [API["components"]["messages"][reference.rpartition("/")[2]] for reference in references]


def test_the_document_has_every_topic_and_no_other() -> None:
    assert set(API["channels"]) == {topic.name for topic in TOPICS}
    assert all(channel["address"] == name for name, channel in API["channels"].items())


def test_topics_that_segue_reads_are_received_and_the_others_sent() -> None:
    used = {(each["action"], each["channel"]["$ref"].rpartition("/")[2]) for each in API["operations"].values()}
    received = {USER_EVENTS, PROFILE_SAMPLE, SEGMENT_MODEL}
    sent = {topic.name for topic in TOPICS} - {USER_EVENTS}
    assert used == {("receive", name) for name in received} | {("send", name) for name in sent}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_the_configuration_of_a_topic_is_the_one_it_is_created_with(topic: Topic) -> None:
    kafka = API["channels"][topic.name].get("bindings", {}).get("kafka", {})
    said = {name: _as_written(value) for name, value in kafka.get("topicConfiguration", {}).items()}
    assert said == topic.config


@pytest.mark.parametrize("topic", [topic.name for topic in TOPICS if topic.name in SCHEMAS])
def test_the_payloads_of_a_topic_are_its_schemas(topic: str) -> None:
    said = {message["payload"]["$ref"] for message in messages(topic) if "$ref" in message["payload"]}
    assert said == values(topic) | (values(f"{topic}.warning") if f"{topic}.warning" in SCHEMAS else set())


def test_the_schemas_are_those_that_segue_schema_prints() -> None:
    assert API["components"]["schemas"] == definitions()
    assert written(TEXT, definitions()) == TEXT, "run: python -m tests.asyncapi_schemas"


def test_every_reference_resolves() -> None:
    for reference in _references(API):
        node: Any = API
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


@pytest.mark.parametrize("channel", sorted({channel_of(record) for record in PUBLISHED if record.headers}))
def test_the_headers_are_those_of_published_records(channel: str) -> None:
    declared = [message["headers"] for message in messages(channel.removesuffix(".warning")) if "headers" in message]
    for record in PUBLISHED:
        if channel_of(record) == channel and record.value is not None:
            sent = {name: value.decode() for name, value in record.headers}
            fitting = next(headers for headers in declared if jsonschema.Draft7Validator(headers).is_valid(sent))
            assert fitting["required"] == list(fitting["properties"])[: len(sent)] == list(sent)


def test_the_headers_of_a_cut_letter_are_declared() -> None:
    [headers] = [message["headers"] for message in messages(DEAD_LETTERS) if "headers" in message]
    assert set(headers["properties"]) == {name for name in header_names() if name.startswith("segue.error.")}


def test_records_of_every_event_topic_and_table_are_checked() -> None:
    events = {SEGMENT_CHANGES, SEGMENT_LINEAGE, SEGMENT_PROMOTIONS, SEGMENT_HEALTH, WARNINGS}
    assert {channel_of(record) for record in PUBLISHED if "ce_id" in dict(record.headers)} == events
    tables = {USER_SEGMENTS, USER_PROFILES, SEGMENTS, SEGMENT_MODEL}
    assert {record.topic for record in PUBLISHED if record.headers == JSON_HEADERS} == tables
    assert DEAD_LETTERS in {record.topic for record in PUBLISHED}


def test_the_examples_fit_their_schemas() -> None:
    examples = [
        (m["payload"], e["payload"]) for m in API["components"]["messages"].values() for e in m.get("examples", ())
    ]
    assert examples
    for payload, example in examples:
        jsonschema.Draft7Validator(payload | {"components": API["components"]}).validate(example)


def test_stale_schemas_are_found_and_replaced() -> None:
    stale = TEXT[: TEXT.index(BEGIN)] + BEGIN + "  schemas: {}\n"
    assert stale != written(stale, definitions()) == TEXT
    with pytest.raises(ValueError, match="has no line"):
        written("asyncapi: 3.0.0\n", {})


def test_a_union_is_its_members() -> None:
    assert REFERENCE + "Erase" in values(USER_EVENTS)
    assert values(SEGMENT_CHANGES) == {REFERENCE + "SegmentChange"}


def _as_written(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [found for each in node for found in _references(each)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return own + [found for each in node.values() for found in _references(each)]
