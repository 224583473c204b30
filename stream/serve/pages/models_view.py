"""Decisions on segment models, and the lives of segments, as pages show them: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stream.core.sentence.shown_text import listed
from stream.serve.pages.lineage_sentences import lineage_sentence
from stream.training.values.lineage import LineageEvent
from stream.training.values.promotion import Cause
from stream.training.values.structure_change import ChangeKind
from stream.wire.lineage import SegmentLineage
from stream.wire.promotions import SegmentPromotion

TONES = {
    "promoted": "good",
    "held": "warn",
    "proposed": "",
    "rolled_back": "bad",
    "refused": "plain",
    "dropped": "plain",
}
_KINDS = {
    ChangeKind.BORN: "a segment is born",
    ChangeKind.SPLIT: "split",
    ChangeKind.MERGED: "merged",
    ChangeKind.GONE: "gone",
}


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision on a model: its tone, and its reason, changes and lineage in words."""

    decision: SegmentPromotion
    tone: str
    reason: str
    changes: str
    lineage: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Life:
    """A part of a segment's life on the timeline `[time_ms, end_ms)`; `end_ms` is None while it goes on."""

    segment: str
    name: str
    event: LineageEvent
    time_ms: int
    end_ms: int | None
    sentence: str


def decision_views(names: Mapping[str, str], decisions: Iterable[SegmentPromotion]) -> list[DecisionView]:
    """Return decisions as pages show them."""
    return [
        DecisionView(
            decision=each,
            tone=TONES[each.status],
            reason=reason_of(each),
            changes=listed([_change(change.kind, change.segments, names) for change in each.changes]),
            lineage=tuple(lineage_sentence(event, names) for event in each.lineage),
        )
        for each in decisions
    ]


def reason_of(decision: SegmentPromotion) -> str:
    """Return the reason of a decision as a sentence without its end; that of a refresh says what one is."""
    is_bare = decision.cause is Cause.REFRESH
    return f"{decision.reason}: the same segments with current centroids" if is_bare else decision.reason


def timeline_of(events: Iterable[SegmentLineage], names: Mapping[str, str]) -> list[Life]:
    """Return the lives of segments, those of one segment together and in order of time; events in any order.

    Each event ends the part before it. Nothing follows a retirement, unless the segment is revived.
    """
    ordered = sorted(events, key=lambda event: (event.segment, event.time_ms))
    return [
        Life(
            segment=event.segment,
            name=names.get(event.segment, event.segment),
            event=event.event,
            time_ms=event.time_ms,
            end_ms=_end(event, following),
            sentence=lineage_sentence(event, names),
        )
        for event, following in zip(ordered, [*ordered[1:], None], strict=False)
    ]


def _end(event: SegmentLineage, following: SegmentLineage | None) -> int | None:
    if event.event is LineageEvent.RETIRED:
        return event.time_ms
    return following.time_ms if following and following.segment == event.segment else None


def _change(kind: ChangeKind, segments: tuple[str, ...], names: Mapping[str, str]) -> str:
    named = listed([names.get(segment, segment) for segment in segments])
    return f"{_KINDS[kind]}: {named}" if named else _KINDS[kind]
