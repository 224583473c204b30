"""What was said of each person and when, read from `segment-changes` as any subscriber would read it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from stream.core.reserved import INACTIVE, PENDING
from stream.wire.changes import SegmentChange
from stream.wire.records import ProducerRecord
from stream.wire.topics import SEGMENT_CHANGES, SEGMENT_MODEL

NOWHERE = frozenset({PENDING, INACTIVE})  # nothing is known of a person: no answer that could be wrong


@dataclass(frozen=True, slots=True)
class Change:
    """From `time_ms` on a person is in `segment`, no longer in `former`, as the segment model `model` decided."""

    time_ms: int
    former: str
    segment: str
    model: int

    @property
    def is_move(self) -> bool:
        """Whether one answer gave way to another; `unknown` is an answer, `pending` and `inactive` are none."""
        return self.former not in NOWHERE and self.segment not in NOWHERE


Timeline = list[Change]  # of one person, in order


@dataclass
class Said:
    """All that was said: everyone's timeline, and the segment models that were published, by version."""

    timelines: defaultdict[str, Timeline] = field(default_factory=lambda: defaultdict(list))
    models: dict[int, bytes] = field(default_factory=dict)

    def served_last(self) -> bytes:
        """The segment model of the newest change: the one that serves, whatever else was published."""
        newest = max((timeline[-1] for timeline in self.timelines.values()), key=lambda change: change.time_ms)
        return self.models[newest.model]


def segment_before(timeline: Timeline, time_ms: int) -> str:
    """Where a person was just before `time_ms`."""
    earlier = [change.segment for change in timeline if change.time_ms < time_ms]
    return earlier[-1] if earlier else PENDING


def stays(timeline: Timeline, end_ms: int) -> Iterator[tuple[Change, int]]:
    """Each change of one person, and when the next one came; `end_ms` for the last."""
    ends_ms = [*(change.time_ms for change in timeline[1:]), end_ms]
    return zip(timeline, ends_ms, strict=False)  # nobody's timeline has an end, but no change


def listen(messages: Iterable[ProducerRecord]) -> Said:
    """Everything that `messages` say."""
    said = Said()
    decode = msgspec.json.Decoder(SegmentChange).decode
    for message in messages:
        if message.topic == SEGMENT_CHANGES and message.value:
            change = decode(message.value)
            told = Change(change.decision_time_ms, change.from_.id, change.to.id, change.segment_model)
            said.timelines[change.user].append(told)
        elif message.topic == SEGMENT_MODEL and message.value and (message.key or b"").isdigit():
            said.models[int(message.key or b"")] = message.value
    return said
