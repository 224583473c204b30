"""Timelines of users, read from `segment-changes` as any subscriber would."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from stream.core.reserved import INACTIVE, PENDING
from stream.wire.changes import SegmentChange
from stream.wire.records import ProducerRecord
from stream.wire.topics import SEGMENT_CHANGES, SEGMENT_MODEL

NOWHERE = frozenset({PENDING, INACTIVE})  # no answer that could be wrong


@dataclass(frozen=True, slots=True)
class Change:
    """A change of segment at `time_ms`, decided by the segment model `model`."""

    time_ms: int
    from_segment: str
    to_segment: str
    model: int

    @property
    def is_move(self) -> bool:
        """Flag of a change between two answers; `unknown` is an answer, `pending` and `inactive` are none."""
        return self.from_segment not in NOWHERE and self.to_segment not in NOWHERE


Timeline = list[Change]  # of one user, in order


@dataclass
class RunResult:
    """Results of a replay: the timelines of all users, and the published segment models by version."""

    timelines: defaultdict[str, Timeline] = field(default_factory=lambda: defaultdict(list))
    models: dict[int, bytes] = field(default_factory=dict)

    def last_serving_model(self) -> bytes:
        """Return the segment model of the newest change: later published ones did not serve."""
        newest = max((timeline[-1] for timeline in self.timelines.values()), key=lambda change: change.time_ms)
        return self.models[newest.model]


def segment_before(timeline: Timeline, time_ms: int) -> str:
    """Return the segment of a user just before `time_ms`."""
    earlier = [change.to_segment for change in timeline if change.time_ms < time_ms]
    return earlier[-1] if earlier else PENDING


def stays(timeline: Timeline, end_ms: int) -> Iterator[tuple[Change, int]]:
    """Return each change of one user with the time of the next; `end_ms` for the last."""
    ends_ms = [*(change.time_ms for change in timeline[1:]), end_ms]
    return zip(timeline, ends_ms, strict=False)  # empty for an empty timeline


def collect(messages: Iterable[ProducerRecord]) -> RunResult:
    """Collect timelines and segment models from messages."""
    result = RunResult()
    decode = msgspec.json.Decoder(SegmentChange).decode
    for message in messages:
        if message.topic == SEGMENT_CHANGES and message.value:
            change = decode(message.value)
            entry = Change(change.decision_time_ms, change.from_.id, change.to.id, change.segment_model)
            result.timelines[change.user].append(entry)
        elif message.topic == SEGMENT_MODEL and message.value and (message.key or b"").isdigit():
            result.models[int(message.key or b"")] = message.value
    return result
