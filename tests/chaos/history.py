"""What was sent, what the topic holds, and what came out.

What consumers see is read by kafka-python, which shares no code with the workers. Events and changelog, which have
millions of records, are read by confluent-kafka.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import msgspec
from confluent_kafka import Message

from stream.bootstrap import build_encoder
from stream.core.partition import PartitionState
from stream.kafka.partition_reader import PartitionReader
from stream.settings import Process
from stream.wire.changes import SegmentChange
from stream.wire.memberships import UserSegment
from stream.wire.state_rebuilder import StateRebuilder
from stream.wire.topics import (
    PROFILE_SAMPLE,
    SEGMENT_HEALTH,
    SEGMENT_LINEAGE,
    SEGMENT_MODEL,
    SEGMENT_PROMOTIONS,
    SEGMENTS,
    USER_EVENTS,
    changelog,
)
from tests.chaos.sender import NUMBER, Sent
from tests.e2e import scenario
from tests.e2e.deployment import GROUP, Deployment

READ_S = 900.0
TRAINED = (SEGMENT_MODEL, SEGMENTS, SEGMENT_LINEAGE, SEGMENT_PROMOTIONS, SEGMENT_HEALTH)


@dataclass(frozen=True, slots=True)
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
    states = _states(deployment)
    changes: dict[str, list[SegmentChange]] = {}
    for change in deployment.changes():
        changes.setdefault(change.user, []).append(change)
    return History(
        sent=sent,
        stored=sorted(map(_stored, _all(deployment, USER_EVENTS)), key=lambda event: (event.partition, event.offset)),
        changes=changes,
        memberships=deployment.memberships(),
        dead_letters=[_place(message) for message in deployment.dead_letters()],
        n_events={name: user.n_events for state in states.values() for name, user in state.users()},
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


def _stored(message: Message) -> Stored:
    headers = dict(message.headers() or [])
    place = message.partition() or 0, message.offset() or 0
    return Stored(*place, int(headers[NUMBER] or b""), message.key(), message.value())


def _states(deployment: Deployment) -> dict[int, PartitionState]:
    encoder = build_encoder(Process())
    readers = {p: StateRebuilder(encoder, scenario.POLICY) for p in range(deployment.n_partitions)}
    for message in _all(deployment, changelog(GROUP).name):
        readers[message.partition() or 0].add(message.key() or b"", message.value())
    return {partition: reader.finish() for partition, reader in readers.items()}


def _all(deployment: Deployment, topic: str) -> Iterator[Message]:
    """Yield the committed records of a topic, in the order of each partition."""
    reader, waiting = PartitionReader(deployment.connection), set(range(deployment.n_partitions))
    reader.start(topic, dict.fromkeys(waiting, 0))
    deadline_s = monotonic() + READ_S
    while waiting:
        assert monotonic() < deadline_s, f"{topic} was not read within {READ_S:.0f} s"
        messages, ends = reader.read(10_000, 0.2)
        yield from messages
        waiting -= {end.partition for end in ends}
    reader.close()


def _place(message: Any) -> tuple[int, int]:
    headers = dict(message.headers)
    return int(headers["segue.error.partition"]), int(headers["segue.error.offset"])
