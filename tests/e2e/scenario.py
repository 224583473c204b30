"""A stream of real purchases, a segment model made from it, and what a replay makes of both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import msgspec

from bench.harness.scenario import last_serving
from stream.bootstrap import build_replay
from stream.core.partition import PartitionState
from stream.core.policy import DAY_MS, Clock, Policy, PublishProfiles
from stream.files.complete_journey import purchases
from stream.kafka.connection import Connection
from stream.replay import Replay
from stream.runtime.options import EngineOptions
from stream.settings import Process, WorkerSettings
from stream.training.values.policy import TrainingPolicy
from stream.wire.changes import SegmentChange
from stream.wire.memberships import UserSegment
from stream.wire.records import ProducerRecord
from stream.wire.segment_models import dump_segment_model
from stream.wire.topics import SEGMENT_CHANGES, USER_PROFILES, USER_SEGMENTS

N_PARTITIONS = 4
POLICY = Policy(
    clock=Clock.EVENT,
    dwell_ms=DAY_MS,
    kinds=("purchase",),
    margin=0.02,
    half_life_ms=7 * DAY_MS,
    publish_profiles=PublishProfiles.ALWAYS,
)
TRAINING = TrainingPolicy(n_segments=8, warm_up_samples=500, batch_samples=500, churn_budget=1.0)
SETTINGS = {
    "clock": "event",
    "dwell_ms": str(DAY_MS),
    "margin": "0.02",  # with little hysteresis there are many changes to lose
    "half_life_ms": str(7 * DAY_MS),
    "kinds": "purchase",
    "publish_profiles": "always",
    "n_segments": "8",
    "warm_up_samples": "500",
    "batch_samples": "500",
    "churn_budget": "1",
}

Event = tuple[bytes | None, bytes | None]


@dataclass(frozen=True, slots=True)
class Expected:
    """The outputs of a replay of some events."""

    changes: dict[str, list[SegmentChange]]
    memberships: dict[str, UserSegment]
    profiles: dict[str, list[bytes]]
    states: dict[int, PartitionState]


def events(n: int) -> list[Event]:
    """The first `n` purchases of 150 households, about 150 a day."""
    return list(islice(purchases(households=range(1, 151)), n))


def settings(segment_model: str = "") -> WorkerSettings:
    """A worker's settings as `SETTINGS` has them."""
    process = Process(segment_model=segment_model)
    return WorkerSettings(Connection(), EngineOptions(), POLICY, TRAINING, process)


def replay(segment_model: str = "") -> Replay:
    """The same jobs with no broker."""
    return build_replay(settings(segment_model), N_PARTITIONS)


def make_segment_model(stream: list[Event], path: Path) -> None:
    """Write the last segment model that training on the stream makes."""
    model = last_serving(replay().run(stream))
    assert model is not None
    path.write_bytes(dump_segment_model(model))


def expected(stream: list[Event], segment_model: Path) -> Expected:
    """Return the expected outputs of the stream, independent of failures of workers."""
    run = replay(str(segment_model))
    messages = list(run.run(stream))
    return Expected(by_user(messages), memberships(messages), profiles(messages), run.states)


def by_user(messages: list[ProducerRecord]) -> dict[str, list[SegmentChange]]:
    """Changes of each user, in order."""
    found: dict[str, list[SegmentChange]] = {}
    for message in messages:
        if message.topic == SEGMENT_CHANGES and message.value:
            change = msgspec.json.decode(message.value, type=SegmentChange)
            found.setdefault(change.user, []).append(change)
    return found


def memberships(messages: list[ProducerRecord]) -> dict[str, UserSegment]:
    """The last membership of each user."""
    found = [msgspec.json.decode(m.value, type=UserSegment) for m in messages if m.topic == USER_SEGMENTS and m.value]
    return {membership.user: membership for membership in found}


def profiles(messages: list[ProducerRecord]) -> dict[str, list[bytes]]:
    """The profiles of each user as published, in order."""
    found: dict[str, list[bytes]] = {}
    for message in messages:
        if message.topic == USER_PROFILES and message.key and message.value:
            found.setdefault(message.key.decode(), []).append(message.value)
    return found


def comparable(states: dict[int, PartitionState]) -> dict[str, object]:
    """States as values that can be compared: those of users, and the clock and offset of each partition."""
    found: dict[str, object] = {}
    for partition, state in states.items():
        found[f"partition {partition}"] = (state.now_ms, state.offset)
        users = {f"user {name}": user for name, user in state.users()}
        found |= {key: replace(user, traits=dict(user.traits), labels=dict(user.labels)) for key, user in users.items()}
    return found
