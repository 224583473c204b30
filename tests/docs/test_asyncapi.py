"""docs/asyncapi.yaml says what the code says: topics, keys of the configuration, headers and schemas."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
import yaml

from stream.cli.schema import SCHEMAS
from stream.core.output import Change, Evidence, Quality, Rejection
from stream.core.reasons import Reason
from stream.core.transition import Rule
from stream.wire.changes import change_message
from stream.wire.dead_letters import dead_letter
from stream.wire.records import ConsumerRecord
from stream.wire.topics import DEAD_LETTERS, PROFILE_SAMPLE, SEGMENT_CHANGES, SEGMENT_MODEL, TOPICS, USER_EVENTS, Topic
from tests.asyncapi_schemas import BEGIN, DOCUMENT, REFERENCE, definitions, values, written

TEXT = DOCUMENT.read_text(encoding="utf-8")
API: dict[str, Any] = yaml.safe_load(TEXT)


def messages(topic: str) -> list[dict[str, Any]]:
    """What the document says may be on the topic."""
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


def test_the_headers_are_those_of_published_records() -> None:
    change = Change(
        user="ann",
        sequence=1,
        from_segment="pending",
        to_segment="s-0001",
        from_name="pending",
        to_name="milk",
        rule=Rule.ENTERED,
        certainty=None,
        margin_required=0.1,
        dwell_ms=0,
        dwell_required_ms=0,
        evidence=Evidence(),
        n_items=3,
        event_time_ms=1,
        decision_time_ms=2,
        segment_model=1,
        encoder="e",
        quality=Quality.FULL,
    )
    rejection = dead_letter(Rejection(0, Reason.NOT_JSON, ""), ConsumerRecord(USER_EVENTS, 0, 0, 0, None, b"{", []))
    for topic, message in ((SEGMENT_CHANGES, change_message(change)), (DEAD_LETTERS, rejection)):
        [said] = messages(topic)
        sent = {name: value.decode() for name, value in message.headers}
        assert said["headers"]["required"] == list(said["headers"]["properties"]) == list(sent)
        jsonschema.Draft7Validator(said["headers"]).validate(sent)


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
