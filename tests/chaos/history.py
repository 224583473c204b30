"""What was sent, what the topic holds, and what came out, read by a client that shares no code with the workers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from stream.bootstrap import build_encoder
from stream.settings import Process
from stream.wire.changes import SegmentChange
from stream.wire.memberships import UserSegment
from stream.wire.topics import (
    PROFILE_SAMPLE,
    SEGMENT_HEALTH,
    SEGMENT_LINEAGE,
    SEGMENT_MODEL,
    SEGMENT_PROMOTIONS,
    SEGMENTS,
    USER_EVENTS,
)
from tests.chaos.sender import NUMBER, Sent
from tests.e2e import scenario
from tests.e2e.deployment import Deployment

TRAINED = (SEGMENT_MODEL, SEGMENTS, SEGMENT_LINEAGE, SEGMENT_PROMOTIONS, SEGMENT_HEALTH)


@dataclass(frozen=True)
class Stored:
    """An event on the topic; `number` is that of its sending."""

    partition: int
    offset: int
    number: int
    key: bytes | None
    value: bytes | None


@dataclass
class History:
    """A run. `changes` are in the order of their partitions; `dead_letters` are places on `user-events`."""

    sent: list[Sent]
    stored: list[Stored]
    changes: dict[str, list[SegmentChange]]
    memberships: dict[str, UserSegment]
    dead_letters: list[tuple[int, int]]
    n_events: dict[str, int]
    states: dict[str, object] = field(default_factory=dict)
    samples: list[Any] = field(default_factory=list)
    trained: dict[str, list[tuple[bytes, bytes]]] = field(default_factory=dict)


def read_history(deployment: Deployment, sent: list[Sent]) -> History:
    """Read every topic from the beginning, committed records only."""
    states = deployment.states(build_encoder(Process()), scenario.POLICY)
    changes: dict[str, list[SegmentChange]] = {}
    for change in deployment.changes():
        changes.setdefault(change.user, []).append(change)
    return History(
        sent=sent,
        stored=[_stored(message) for message in deployment.messages(USER_EVENTS)],
        changes=changes,
        memberships=deployment.memberships(),
        dead_letters=[_place(message) for message in deployment.dead_letters()],
        n_events={name: user.n_events for state in states.values() for name, user in state.users.items()},
        states=scenario.comparable(states),
        samples=deployment.messages(PROFILE_SAMPLE),
        trained={topic: [(m.key, m.value) for m in deployment.messages(topic)] for topic in TRAINED},
    )


def user_of(stored: Stored) -> str:
    """Return the key as text."""
    return (stored.key or b"").decode()


def call(stored: Stored) -> dict[str, Any]:
    """Return the JSON of an event; empty if it has none."""
    try:
        found: dict[str, Any] = msgspec.json.decode(stored.value or b"")
    except msgspec.DecodeError:
        return {}
    return found


def _stored(message: Any) -> Stored:
    number = int(dict(message.headers)[NUMBER])
    return Stored(message.partition, message.offset, number, message.key, message.value)


def _place(message: Any) -> tuple[int, int]:
    headers = dict(message.headers)
    return int(headers["segue.error.partition"]), int(headers["segue.error.offset"])
