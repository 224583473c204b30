"""Anomalies in a history: what was lost, came twice, or stands in the wrong order. No code of the workers is used.

An independent count, then. `undisturbed` compares with a replay besides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from tests.chaos.history import History, Stored, call, user_of


class Kind(StrEnum):
    """What is wrong."""

    LOST = "an acknowledged event is not on the topic"
    STORED_TWICE = "an event is on the topic twice"
    FOREIGN = "an event on the topic was never sent"
    REORDERED = "events of a partition are out of order"
    NOT_COUNTED = "a user's number of events is wrong"
    GAP = "a user's sequence has a gap or a repeat"
    CHAIN = "a change is not from where the former led"
    MEMBERSHIP = "a membership is not the last change"
    DEAD_LETTER = "a bad event has not exactly one dead letter"
    UNRECOVERED = "a fault did not end in time"
    UNEQUAL = "a result differs from the undisturbed run"


class Anomaly(NamedTuple):
    """Something wrong about a user, an event or a place."""

    kind: Kind
    subject: str
    detail: str


def check(history: History) -> list[Anomaly]:
    """Return every anomaly; none for a history of a worker that keeps its promises."""
    return [*input_anomalies(history), *count_anomalies(history), *change_anomalies(history), *_dead_letters(history)]


def input_anomalies(history: History) -> Iterator[Anomaly]:
    """Compare what was sent with what the topic holds."""
    times = Counter(stored.number for stored in history.stored)
    for number, sent in enumerate(history.sent):
        if sent.is_acked and not times[number]:
            yield Anomaly(Kind.LOST, f"event {number}", repr(sent.value))
    for number, n in times.items():
        if n > 1:
            yield Anomaly(Kind.STORED_TWICE, f"event {number}", f"{n} times")
        if number >= len(history.sent):
            yield Anomaly(Kind.FOREIGN, f"event {number}", f"{len(history.sent)} were sent")
    newest: dict[int, int] = {}
    for stored in history.stored:
        if stored.number < newest.get(stored.partition, -1):
            yield Anomaly(Kind.REORDERED, f"event {stored.number}", f"after {newest[stored.partition]}")
        newest[stored.partition] = max(stored.number, newest.get(stored.partition, -1))


def count_anomalies(history: History) -> Iterator[Anomaly]:
    """Count each user's distinct events since the last erasure, and compare with the state."""
    ids: dict[str, set[str]] = {}
    for stored in history.stored:
        said = call(stored)
        if said.get("type") == "erase":
            ids.pop(user_of(stored), None)
        elif said:
            ids.setdefault(user_of(stored), set()).add(said["id"])
    for user in sorted(ids.keys() | history.n_events.keys()):
        expected, found = len(ids.get(user, ())), history.n_events.get(user, 0)
        if expected != found:
            yield Anomaly(Kind.NOT_COUNTED, user, f"{expected} on the topic, {found} in the state")


def change_anomalies(history: History) -> Iterator[Anomaly]:
    """Follow each user from change to change. A sequence may begin anew once for each erasure."""
    erasures = Counter(user_of(stored) for stored in history.stored if call(stored).get("type") == "erase")
    for user, changes in history.changes.items():
        sequence, segment, begun = 0, "pending", 0
        for change in changes:
            if change.sequence == 1 and sequence and begun < erasures[user]:
                sequence, segment, begun = 0, "pending", begun + 1
            if change.sequence != sequence + 1:
                yield Anomaly(Kind.GAP, user, f"{change.sequence} after {sequence}")
            if change.from_.id != segment:
                yield Anomaly(Kind.CHAIN, user, f"from {change.from_.id} after {segment}")
            sequence, segment = change.sequence, change.to.id
    yield from _memberships(history, erasures)


def differences(kind: str, expected: Mapping[Any, Any], found: Mapping[Any, Any]) -> Iterator[Anomaly]:
    """Compare two mappings key by key."""
    for key in sorted(expected.keys() | found.keys(), key=str):
        if expected.get(key) != found.get(key):
            yield Anomaly(
                Kind.UNEQUAL, f"{kind} of {key}", f"{expected.get(key)!r:.300} became {found.get(key)!r:.300}"
            )


def _memberships(history: History, erasures: Counter[str]) -> Iterator[Anomaly]:
    for user in sorted(history.changes.keys() | history.memberships.keys()):
        membership, changes = history.memberships.get(user), history.changes.get(user)
        if membership is None and erasures[user]:
            continue  # erased, and without a change since
        if membership is None or not changes:
            yield Anomaly(Kind.MEMBERSHIP, user, "a change without a membership, or the other way round")
        elif (membership.segment.id, membership.sequence) != (changes[-1].to.id, changes[-1].sequence):
            last = f"{changes[-1].to.id}, sequence {changes[-1].sequence}"
            yield Anomaly(Kind.MEMBERSHIP, user, f"{membership.segment.id}, {membership.sequence}; last change: {last}")


def _dead_letters(history: History) -> Iterator[Anomaly]:
    expected = Counter(_place(stored) for stored in history.stored if not call(stored))
    found = Counter(history.dead_letters)
    for place in sorted(expected.keys() | found.keys()):
        if expected[place] != found[place]:
            yield Anomaly(Kind.DEAD_LETTER, f"offset {place}", f"{expected[place]} expected, {found[place]} found")


def _place(stored: Stored) -> tuple[int, int]:
    return stored.partition, stored.offset
