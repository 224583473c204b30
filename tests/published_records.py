"""Records of every public topic, made by the real jobs: events, all that a segmenter makes of them, and a trainer's."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import Any

from stream.core.policy import DAY_MS, PublishProfiles
from stream.formats.decoder import FormatDecoder
from stream.jobs.model_source import FixedModel
from stream.jobs.segmenter import Segmenter
from stream.jobs.training_messages import messages_of
from stream.training.steps.train import train
from stream.training.values.config import TrainerConfig
from stream.training.values.policy import TrainingPolicy
from stream.wire.fields import Fields
from stream.wire.placement import Placement
from stream.wire.records import ConsumerRecord, ProducerRecord
from stream.wire.topics import SEGMENT_HEALTH, USER_EVENTS
from tests.core.builders import ENCODER, MODEL, POLICY, START_MS
from tests.core.planted import FEATURES, PlantedPopulation

EVENTS: tuple[dict[str, Any], ...] = (
    {"user_id": "ann", "text": "milk", "timestamp": START_MS, "id": "1", "kind": "view"},
    {"type": "identify", "userId": "ann", "timestamp": "2023-11-14T22:13:20Z", "traits": {"age": 41, "vip": True}},
    {"user_id": "ann", "text": "bread", "timestamp": START_MS + 2, "id": "2", "kind": "buy", "amount": 2.5},
    {"user_id": "ann", "text": "bread", "timestamp": START_MS + 9, "id": "3", "kind": "buy", "amount": 2.5},
    {"user_id": "ann", "text": "shoes", "timestamp": START_MS + 60, "id": "4", "kind": "view"},
    {"user_id": "bob", "text": "no such thing", "timestamp": START_MS + 61, "id": "5", "kind": "view"},
    {"user_id": "bob", "text": "no timestamp", "kind": "view"},
)
N_REJECTED = 1
WARNINGS = f"{SEGMENT_HEALTH}.warning"


@lru_cache
def published_records() -> tuple[ProducerRecord, ...]:
    """Return the records of a segmenter over EVENTS and of a trainer's warm-up and first review."""
    return (*_segmented(), *_trained())


def published_values() -> dict[str, list[Any]]:
    """Return the JSON values by topic, accepted events included; warnings of health apart."""
    found: dict[str, list[Any]] = {USER_EVENTS: list(EVENTS[:-N_REJECTED])}
    for record in published_records():
        if ("content-type", b"application/json") in record.headers and record.value is not None:
            found.setdefault(channel_of(record), []).append(json.loads(record.value))
    return found


def channel_of(record: ProducerRecord) -> str:
    """Return the topic of a record; health and its warnings are told apart by key."""
    return WARNINGS if record.topic == SEGMENT_HEALTH and record.key == b"warning" else record.topic


def _segmented() -> list[ProducerRecord]:
    policy = replace(POLICY, publish_profiles=PublishProfiles.ALWAYS)
    segmenter = Segmenter("g", ENCODER, policy, FormatDecoder(Fields(), None), FixedModel(MODEL), Placement(1))
    segmenter.prepare()
    segmenter.restore(0, segmenter.state_reader())
    received = [
        ConsumerRecord(USER_EVENTS, 0, at, START_MS, str(event.get("user_id", "ann")).encode(), _json(event), [])
        for at, event in enumerate(EVENTS)
    ]
    return segmenter.process(0, received, 0).messages


def _trained() -> list[ProducerRecord]:
    """The warm-up, and a review a day later whose every figure is a warning."""
    policy = TrainingPolicy(n_segments=4, warm_up_samples=200, batch_samples=200, warn_unknown=0.0, warn_psi=0.0)
    config = TrainerConfig(policy, 0.7, 0.1, FEATURES, "e1", "salt")
    samples, _ = PlantedPopulation().draw(400)
    first = train(None, samples[:200], config)
    second = train(first.state, [replace(sample, time_ms=DAY_MS) for sample in samples[200:]], config)
    return [record for output in (*first.outputs, *second.outputs) for record in messages_of(output)]


def _json(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode()
