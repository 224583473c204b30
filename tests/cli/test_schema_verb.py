"""`segue schema`: what it prints are JSON Schemas, and they fit what is really sent."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from stream.cli.schema import SCHEMAS
from stream.core.policy import DAY_MS
from stream.jobs.segmenter import FixedModel, Segmenter
from stream.jobs.trainer import messages_of
from stream.training.steps.train import TrainerConfig, train
from stream.training.values.policy import TrainingPolicy
from stream.training.values.state import Memory
from stream.wire.fields import Fields
from stream.wire.json_events import JsonEventDecoder
from stream.wire.records import ConsumerRecord, ProducerRecord
from stream.wire.topics import (
    SEGMENT_CHANGES,
    SEGMENT_HEALTH,
    SEGMENT_LINEAGE,
    SEGMENT_PROMOTIONS,
    SEGMENTS,
    USER_EVENTS,
    USER_SEGMENTS,
)
from tests.cli.command_line import run
from tests.core.builders import ENCODER, MODEL, POLICY, START_MS
from tests.core.planted import FEATURES, PlantedPopulation

EVENTS: list[dict[str, Any]] = [
    {"user_id": "ann", "text": "milk", "timestamp": START_MS, "id": "1", "kind": "view"},
    {"type": "identify", "userId": "ann", "timestamp": "2023-11-14T22:13:20Z", "traits": {"age": 41, "vip": True}},
    {"user_id": "ann", "text": "bread", "timestamp": START_MS + 2, "id": "2", "kind": "buy", "amount": 2.5},
    {"user_id": "ann", "text": "bread", "timestamp": START_MS + 9, "id": "3", "kind": "buy", "amount": 2.5},
    {"user_id": "ann", "text": "shoes", "timestamp": START_MS + 60, "id": "4", "kind": "view"},
    {"user_id": "bob", "text": "no such thing", "timestamp": START_MS + 61, "id": "5", "kind": "view"},
]
TOPICS = pytest.mark.parametrize("topic", SCHEMAS)


def validator(topic: str, folder: Path) -> jsonschema.Draft202012Validator:
    """Of what the verb prints; that it is a schema is checked."""
    done = run(folder, "schema", topic)
    assert done.exit_code == 0, done.output
    schema = json.loads(done.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def sent() -> dict[str, list[Any]]:
    """Values by topic: the events, all that a segmenter makes of them, and a trainer's first publication."""
    segmenter = Segmenter("g", ENCODER, POLICY, JsonEventDecoder(Fields()), FixedModel(MODEL))
    segmenter.prepare()
    segmenter.restore(0, segmenter.state_reader())
    raws = [
        ConsumerRecord(
            USER_EVENTS, 0, at, START_MS, str(event.get("user_id", "ann")).encode(), json.dumps(event).encode(), []
        )
        for at, event in enumerate(EVENTS)
    ]
    messages: list[ProducerRecord] = [*segmenter.process(0, raws, 0).messages, *trained()]
    found: dict[str, list[Any]] = {USER_EVENTS: list(EVENTS)}
    for message in messages:
        name = "segment-health.warning" if message.key == b"warning" else message.topic
        if name in SCHEMAS and message.value is not None:
            found.setdefault(name, []).append(json.loads(message.value))
    return found


def trained() -> list[ProducerRecord]:
    """What a trainer says of its warm-up and of a review a day later, in which every figure is a warning."""
    policy = TrainingPolicy(n_segments=4, warm_up_samples=200, batch_samples=200, warn_unknown=0.0, warn_psi=0.0)
    course = TrainerConfig(policy, 0.7, 0.1, FEATURES, "e1", "salt")
    samples, _ = PlantedPopulation().draw(400)
    first = train(Memory(), samples[:200], course)
    second = train(first.memory, [replace(sample, time_ms=DAY_MS) for sample in samples[200:]], course)
    return [message for output in (*first.outputs, *second.outputs) for message in messages_of(output)]


SENT = sent()


def test_every_json_topic_has_a_schema() -> None:
    ours = {USER_EVENTS, SEGMENT_CHANGES, USER_SEGMENTS, SEGMENTS, SEGMENT_LINEAGE, SEGMENT_PROMOTIONS, SEGMENT_HEALTH}
    assert set(SCHEMAS) == ours | {"segment-health.warning"}


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
    assert {event["event"] for event in SENT[SEGMENT_LINEAGE]} == {"born"}


@TOPICS
def test_incomplete_values_are_invalid(topic: str, tmp_path: Path) -> None:
    schema = validator(topic, tmp_path)
    nothing: list[Any] = [{}, [], "text", None]
    for wrong in nothing:
        assert not schema.is_valid(wrong)


@pytest.mark.parametrize("topic", [SEGMENT_CHANGES, USER_SEGMENTS, SEGMENTS, SEGMENT_LINEAGE])
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
