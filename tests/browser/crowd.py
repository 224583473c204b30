"""Many users who move between many segments, one turn after another."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import msgspec
from msgspec.structs import replace

from stream.training.values.promotion import Cause, Status
from stream.wire.catalogue import CatalogueEntry
from stream.wire.changes import SegmentChange
from stream.wire.records import ProducerRecord
from stream.wire.topics import SEGMENT_MODEL, SEGMENTS
from tests.browser.dashboard import messages_of
from tests.serve.pages.records import T0, change
from tests.serve.pages.stored import description, promotion

N_MOVES = 25  # of one turn


class Crowd:
    """Users in segments, the same for the same seed."""

    def __init__(self, n_users: int = 5_000, n_segments: int = 40, seed: int = 7) -> None:
        self._random = Random(seed)
        self._segments = [f"s-{number:04}" for number in range(1, n_segments + 1)]
        self._of = {f"user-{n:05}": self._random.choice(self._segments) for n in range(n_users)}
        self._sequence = dict.fromkeys(self._of, 1)
        self._now_ms = T0

    def first(self) -> Iterator[ProducerRecord]:
        """Yield the catalogue, the serving model's decision, and the first change of each user."""
        for segment in self._segments:
            named = replace(description(segment), name=f"Segment {segment}")
            yield _record(SEGMENTS, segment, CatalogueEntry(segment, 1, named, retired=False))
        yield _record(SEGMENT_MODEL, "serving", promotion(1, Status.PROMOTED, Cause.WARM_UP))
        for user, segment in self._of.items():
            yield from messages_of(change(user, 1, "pending", segment, T0))

    def turn(self) -> list[SegmentChange]:
        """Return the changes of the next turn."""
        return [self._move(user) for user in self._random.sample(sorted(self._of), N_MOVES)]

    def _move(self, user: str) -> SegmentChange:
        self._now_ms += 1_000
        self._sequence[user] += 1
        origin, target = self._of[user], self._random.choice(self._segments)
        self._of[user] = target
        return change(user, self._sequence[user], origin, target, self._now_ms)


def _record(topic: str, key: str, value: msgspec.Struct) -> ProducerRecord:
    return ProducerRecord(topic, key.encode(), msgspec.json.encode(value), [])
