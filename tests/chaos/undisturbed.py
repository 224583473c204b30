"""The undisturbed run of what the topics hold: every decision, and every model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec

from stream.bootstrap import build_replay
from stream.kafka.connection import Connection
from stream.wire.memberships import UserSegment
from stream.wire.records import ConsumerRecord, ProducerRecord
from stream.wire.topics import PROFILE_SAMPLE, USER_PROFILES, USER_SEGMENTS
from tests.chaos.checker import Anomaly, differences
from tests.chaos.history import TRAINED, History
from tests.e2e import scenario

CHUNK = 1_000


def decision_anomalies(history: History, segment_model: Path) -> Iterator[Anomaly]:
    """Compare changes, memberships and states with a replay of the stored events by the same segment model."""
    replay = scenario.replay(str(segment_model))
    decided = replay.run((stored.key, stored.value) for stored in history.stored)
    messages = [message for message in decided if message.topic != USER_PROFILES]
    yield from differences("changes", scenario.by_user(messages), history.changes)
    yield from differences("membership", memberships_of(messages), history.memberships)
    yield from differences("state", scenario.comparable(replay.states), history.states)


def training_anomalies(history: History, prefix: str) -> Iterator[Anomaly]:
    """Compare everything the trainer published with a trainer that reads the stored samples undisturbed.

    The hashes of members depend on the deployment's topic prefix.
    """
    settings = replace(scenario.settings(), connection=Connection(topic_prefix=prefix))
    trainer = build_replay(settings, n_partitions=1).trainer
    assert trainer is not None
    found: dict[str, list[tuple[bytes | None, bytes | None]]] = {topic: [] for topic in TRAINED}
    records = [ConsumerRecord(PROFILE_SAMPLE, 0, m.offset, 0, m.key, m.value, []) for m in history.samples]
    for at in range(0, len(records), CHUNK):
        batch = trainer.process(0, records[at : at + CHUNK], 0)
        trainer.merge(batch)
        for message in batch.messages:
            if message.topic in found:
                found[message.topic].append((message.key, message.value))
    yield from differences(
        "training", {k: v for k, v in found.items() if v}, {k: v for k, v in history.trained.items() if v}
    )


def memberships_of(messages: list[ProducerRecord]) -> dict[str, UserSegment]:
    """Return the last membership of each user, tombstones applied."""
    found: dict[str, UserSegment] = {}
    for message in messages:
        if message.topic == USER_SEGMENTS and message.key is not None:
            found.pop(message.key.decode(), None)
            if message.value:
                found[message.key.decode()] = msgspec.json.decode(message.value, type=UserSegment)
    return found
