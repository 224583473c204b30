"""Segment changes on `segment-changes` and memberships on `user-segments`, as public structs."""

from __future__ import annotations

import msgspec

from stream.core.event import Scalar
from stream.core.labels import Prediction
from stream.core.output import Certainty, Change, Evidence, Membership, Quality
from stream.core.transition import Rule
from stream.wire.cloud_events import JSON_HEADERS, cloud_event, event_id
from stream.wire.records import ProducerRecord
from stream.wire.topics import SEGMENT_CHANGES, USER_SEGMENTS

CHANGED = "io.segue.segment.changed.v1"


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

    nearest: str
    distance: float
    threshold: float
    runner_up: str
    runner_up_distance: float
    margin: float
    from_distance: float | None


class EvidenceItems(msgspec.Struct, frozen=True):
    """Items of one text; `contribution` is the share of the semantic pull, -1 to 1."""

    text: str
    ids: tuple[str, ...]
    contribution: float


class EvidenceFeature(msgspec.Struct, frozen=True):
    """An explicit feature; `contribution` is the share of the difference of squared distances."""

    name: str
    value: float
    deviations: float
    contribution: float


class ChangeEvidence(msgspec.Struct, frozen=True):
    """Items and features with the strongest pull towards the new segment, the strongest first."""

    items: tuple[EvidenceItems, ...]
    features: tuple[EvidenceFeature, ...]


class SegmentChange(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """Value on `segment-changes`. Times are integer ms since 1970 UTC; `sequence` counts the user's changes."""

    user: str
    sequence: int
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


class PredictedLabel(msgspec.Struct, frozen=True):
    """A prediction of a label head. `value` null, `sure` false: not sure; `probability` is then of the likeliest."""

    value: str | None
    probability: float
    sure: bool


class SegmentWeight(msgspec.Struct, frozen=True):
    """A segment of a soft membership; `weight` is in [0, 1]."""

    id: str
    name: str
    weight: float


class UserSegment(msgspec.Struct, frozen=True):
    """Value on `user-segments`: the current segment of a user, declared `traits` and `predicted` labels.

    `label_heads` is the version of the label heads. `soft_membership` holds the largest weights, the largest first.
    """

    user: str
    segment: SegmentRef
    since_ms: int
    sequence: int
    segment_model: int
    encoder: str
    traits: dict[str, Scalar]
    predicted: dict[str, PredictedLabel]
    label_heads: str
    soft_membership: tuple[SegmentWeight, ...]


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
    return ProducerRecord(SEGMENT_CHANGES, change.user.encode(), _encode(value), headers)


def membership_message(membership: Membership) -> ProducerRecord:
    """Return the record of a membership for `user-segments`; a tombstone for an erased user."""
    key = membership.user.encode()
    if membership.segment is None:
        return ProducerRecord(USER_SEGMENTS, key, None, [])
    value = UserSegment(
        user=membership.user,
        segment=SegmentRef(membership.segment, membership.name),
        since_ms=membership.since_ms,
        sequence=membership.sequence,
        segment_model=membership.segment_model,
        encoder=membership.encoder,
        traits=dict(membership.traits or {}),
        predicted={label: _predicted(each) for label, each in (membership.predicted or {}).items()},
        label_heads=membership.label_heads,
        soft_membership=tuple(SegmentWeight(each.id, each.name, each.weight) for each in membership.soft_membership),
    )
    return ProducerRecord(USER_SEGMENTS, key, _encode(value), list(JSON_HEADERS))


def _certainty(certainty: Certainty) -> ChangeCertainty:
    return ChangeCertainty(
        nearest=certainty.nearest,
        distance=certainty.distance,
        threshold=certainty.threshold,
        runner_up=certainty.runner_up,
        runner_up_distance=certainty.runner_up_distance,
        margin=certainty.margin,
        from_distance=certainty.from_distance,
    )


def _evidence(evidence: Evidence) -> ChangeEvidence:
    return ChangeEvidence(
        items=tuple(EvidenceItems(each.text, each.ids, each.contribution) for each in evidence.items),
        features=tuple(
            EvidenceFeature(each.name, each.value, each.deviations, each.contribution) for each in evidence.features
        ),
    )


def _predicted(prediction: Prediction) -> PredictedLabel:
    return PredictedLabel(prediction.value, prediction.probability, prediction.value is not None)
