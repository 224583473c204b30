"""Changes and users' segments as workers publish them: each change with the record of the user, in one partition."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from random import Random

from stream.core.output import (
    Certainty,
    Change,
    Evidence,
    Membership,
    MovingFeature,
    MovingItems,
    Quality,
    SoftMembership,
)
from stream.core.transition import Rule
from stream.kafka.reader import Read
from stream.wire.changes import change_message
from stream.wire.memberships import membership_message
from stream.wire.records import ProducerRecord

N_SEGMENTS = 40
N_TEXTS = 3_000
START_MS = 1_767_225_600_000
SPAN_MS = 30 * 86_400_000  # of all changes of one round
_FEATURES = (("amount_mean", "large amounts"), ("weekend_share", "weekends"), ("frequency", "very active"))


def published(n_users: int, rounds: range, seed: int = 0) -> Iterator[Read]:
    """Yield two records for the change of each user in each round: the change, and the user's new segment."""
    random = Random(seed)
    for at in rounds:
        for user in range(n_users):
            time_ms = START_MS + at * SPAN_MS + user * SPAN_MS // n_users
            offset = (at - rounds.start) * n_users + user
            for message in _messages(f"user-{user:07}", at + 1, time_ms, random):
                yield Read(message.topic, 0, offset, time_ms, message.key, message.value, message.headers)


def batches(reads: Iterator[Read], n: int) -> Iterator[list[Read]]:
    """Yield the records n at a time."""
    while batch := list(islice(reads, n)):
        yield batch


def _messages(user: str, sequence: int, time_ms: int, random: Random) -> tuple[ProducerRecord, ProducerRecord]:
    origin, target, third = random.sample(range(N_SEGMENTS), 3)
    items = [MovingItems(_text(random), ("purchase",), (f"id-{n}",), time_ms, time_ms, 0.25) for n in range(3)]
    features = [MovingFeature(name, words, random.random(), 1.2, 0.1) for name, words in _FEATURES]
    change = Change(
        user=user,
        sequence=sequence,
        from_segment=_id(origin) if sequence > 1 else "pending",
        to_segment=_id(target),
        from_name=_name(origin),
        to_name=_name(target),
        rule=Rule.MARGIN_AND_DWELL if sequence > 1 else Rule.ENTERED,
        certainty=Certainty(_id(target), _name(target), 0.71, 1.52, _id(third), _name(third), 0.93, 0.236, 1.1),
        margin_required=0.1,
        dwell_ms=60_000,
        dwell_required_ms=60_000,
        evidence=Evidence(tuple(items), tuple(features), 0.7),
        n_items=12,
        event_time_ms=time_ms,
        decision_time_ms=time_ms,
        segment_model=3,
        encoder="default-1",
        quality=Quality.FULL,
    )
    soft = tuple(SoftMembership(_id(n), _name(n), w) for n, w in ((target, 0.62), (third, 0.2), (origin, 0.1)))
    member = Membership(
        user, _id(target), _name(target), time_ms, sequence, 3, "default-1", {"country": "NL"}, soft_membership=soft
    )
    return change_message(change), membership_message(member)


def _id(segment: int) -> str:
    return f"s-{segment:04}"


def _name(segment: int) -> str:
    return f"Frozen meals & vegetables {segment}"


def _text(random: Random) -> str:
    return f"Yogurt, multi-pack, number {int(N_TEXTS * random.random() ** 2)}"
