"""Segment changes on `segment-changes`, as public structs, and as lines for a terminal."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from stream.core.output import Certainty, Change, Evidence, Quality
from stream.core.sentence.change_sentence import change_sentence
from stream.core.sentence.shown_text import shown
from stream.core.transition import Rule
from stream.wire.cloud_events import cloud_event, event_id
from stream.wire.records import ProducerRecord
from stream.wire.topics import SEGMENT_CHANGES
from stream.wire.trace_context import continued, trace_headers

CHANGED = "io.segue.segment.changed.v1"

_USER_CHARS = 40


class SegmentRef(msgspec.Struct, frozen=True):
    """A segment's id and name; `pending`, `unknown` and `inactive` are reserved ids."""

    id: str
    name: str


class Hysteresis(msgspec.Struct, frozen=True):
    """Margin and dwell required for a change, and `dwell_ms`, the time the new segment had been ahead."""

    margin_required: float
    dwell_required_ms: int
    dwell_ms: int


class ChangeCertainty(msgspec.Struct, frozen=True):
    """Distances behind a change. `margin` is (runner-up - nearest) / runner-up, 0 to 1."""

    nearest: SegmentRef
    distance: float
    threshold: float
    runner_up: SegmentRef
    runner_up_distance: float
    margin: float
    from_distance: float | None


class EvidenceItems(msgspec.Struct, frozen=True):
    """Items of one text; `kinds` are distinct. `contribution` is the share of the semantic pull, -1 to 1."""

    text: str
    kinds: tuple[str, ...]
    ids: tuple[str, ...]
    first_ms: int
    last_ms: int
    contribution: float


class EvidenceFeature(msgspec.Struct, frozen=True):
    """An explicit feature; `contribution` is the share of the difference of squared distances.

    `words` are for people; empty if the value is ordinary, or if the move is towards ordinary values.
    """

    name: str
    words: str
    value: float
    deviations: float
    contribution: float


class ChangeEvidence(msgspec.Struct, frozen=True):
    """Items and features with the strongest pull towards the new segment, the strongest first.

    `semantic_contribution` is the share of all texts in the difference of squared distances, -1 to 1.
    """

    items: tuple[EvidenceItems, ...]
    features: tuple[EvidenceFeature, ...]
    semantic_contribution: float


class SegmentChange(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """Value on `segment-changes`. Times are integer ms since 1970 UTC; `sequence` counts the user's changes.

    `summary` is the change as a sentence for people, with the user as its subject; its wording may change.
    """

    user: str
    sequence: int
    summary: str
    from_: SegmentRef
    to: SegmentRef
    rule: Rule
    certainty: ChangeCertainty | None
    hysteresis: Hysteresis
    evidence: ChangeEvidence
    n_items: int
    event_time_ms: int | None
    decision_time_ms: int
    segment_model: int
    encoder: str
    quality: Quality
    pinned_by: str


_encode = msgspec.json.Encoder().encode


def change_id(user: str, sequence: int, decision_time_ms: int) -> str:
    """Return the CloudEvents id of a change, the same whenever the change is sent again.

    After an erasure the user's sequence starts again; the time then makes other ids.
    """
    return event_id(sequence, decision_time_ms, user)


def change_message(change: Change) -> ProducerRecord:
    """Return the record of a change for `segment-changes`."""
    value = SegmentChange(
        user=change.user,
        sequence=change.sequence,
        summary=change_sentence(change),
        from_=SegmentRef(change.from_segment, change.from_name),
        to=SegmentRef(change.to_segment, change.to_name),
        rule=change.rule,
        certainty=_certainty(change.certainty) if change.certainty else None,
        hysteresis=Hysteresis(change.margin_required, change.dwell_required_ms, change.dwell_ms),
        evidence=_evidence(change.evidence),
        n_items=change.n_items,
        event_time_ms=change.event_time_ms,
        decision_time_ms=change.decision_time_ms,
        segment_model=change.segment_model,
        encoder=change.encoder,
        quality=change.quality,
        pinned_by=change.pinned_by,
    )
    identity = change_id(change.user, change.sequence, change.decision_time_ms)
    headers = cloud_event(identity, CHANGED, change.user, change.decision_time_ms, sequence=str(change.sequence))
    if change.traceparent:
        headers += trace_headers(continued(change.traceparent, identity))
    return ProducerRecord(SEGMENT_CHANGES, change.user.encode(), _encode(value), headers)


def change_line(change: SegmentChange) -> str:
    """Return one line: time of the decision (UTC), user and summary."""
    at = datetime.fromtimestamp(change.decision_time_ms / 1000, UTC)
    return f"{at:%Y-%m-%d %H:%M} user {shown(change.user, _USER_CHARS)} {change.summary}"


def _certainty(certainty: Certainty) -> ChangeCertainty:
    return ChangeCertainty(
        nearest=SegmentRef(certainty.nearest, certainty.nearest_name),
        distance=certainty.distance,
        threshold=certainty.threshold,
        runner_up=SegmentRef(certainty.runner_up, certainty.runner_up_name),
        runner_up_distance=certainty.runner_up_distance,
        margin=certainty.margin,
        from_distance=certainty.from_distance,
    )


def _evidence(evidence: Evidence) -> ChangeEvidence:
    return ChangeEvidence(
        items=tuple(
            EvidenceItems(each.text, each.kinds, each.ids, each.first_ms, each.last_ms, each.contribution)
            for each in evidence.items
        ),
        features=tuple(
            EvidenceFeature(each.name, each.words, each.value, each.deviations, each.contribution)
            for each in evidence.features
        ),
        semantic_contribution=evidence.semantic_contribution,
    )
