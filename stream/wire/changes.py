"""Segment changes and memberships as other services read them: JSON, changes as CloudEvents 1.0 in binary mode."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from stream.core.event import Scalar
from stream.core.output import Certainty, Change, Evidence, Membership, Quality, SoftMembership
from stream.core.transition import Rule
from stream.wire.cloud_events import cloud_event
from stream.wire.records import ProducerRecord
from stream.wire.topics import SEGMENT_CHANGES, USER_SEGMENTS

CHANGED = "io.segue.segment.changed.v1"


class SegmentRef(msgspec.Struct, frozen=True):
    """A segment as people and programs know it; `pending`, `unknown` and `inactive` are reserved ids."""

    id: str
    name: str


class Hysteresis(msgspec.Struct, frozen=True):
    """The rule's numbers: what was required, and how long the new segment had been ahead."""

    margin_required: float
    dwell_required_ms: int
    dwell_ms: int


class SegmentChange(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """Value on `segment-changes`. Times are integer ms since 1970 UTC; `sequence` is the total order per user."""

    user: str
    sequence: int
    from_: SegmentRef
    to: SegmentRef
    rule: Rule
    certainty: Certainty | None
    hysteresis: Hysteresis
    evidence: Evidence
    n_items: int
    event_time_ms: int | None
    decision_time_ms: int
    segment_model: int
    encoder: str
    quality: Quality
    pinned_by: str = ""


class PredictedLabel(msgspec.Struct, frozen=True):
    """A label predicted, not declared. `value` null and `sure` false: not sure. `probability` is that of the value, or
    of the most probable one where there is none."""

    value: str | None
    probability: float
    sure: bool


class UserSegment(msgspec.Struct, frozen=True):
    """A value on `user-segments`: the current segment of a user, the declared `traits`, and the `predicted` labels.

    `label_heads` is the version of the label heads; without heads or texts `predicted` is empty. `soft_membership`
    holds the segments with the largest weights, the largest first; the weights of all segments sum to 1.
    """

    user: str
    segment: SegmentRef
    since_ms: int
    sequence: int
    segment_model: int
    encoder: str
    traits: dict[str, Scalar]
    predicted: dict[str, PredictedLabel] = {}
    label_heads: str = ""
    soft_membership: tuple[SoftMembership, ...] = ()


_encode = msgspec.json.Encoder().encode


def change_id(user: str, sequence: int, decision_time_ms: int) -> str:
    """CloudEvents id, the same whenever the same change is sent again. The time keeps a person who was erased and came
    back, whose sequence begins again, apart from who they were."""
    return sha256(f"{sequence}:{decision_time_ms}:{user}".encode()).hexdigest()[:32]


def change_message(change: Change) -> ProducerRecord:
    """A change for `segment-changes`."""
    value = SegmentChange(
        user=change.user,
        sequence=change.sequence,
        from_=SegmentRef(change.from_segment, change.from_name),
        to=SegmentRef(change.to_segment, change.to_name),
        rule=change.rule,
        certainty=change.certainty,
        hysteresis=Hysteresis(change.margin_required, change.dwell_required_ms, change.dwell_ms),
        evidence=change.evidence,
        n_items=change.n_items,
        event_time_ms=change.event_time_ms,
        decision_time_ms=change.decision_time_ms,
        segment_model=change.segment_model,
        encoder=change.encoder,
        quality=change.quality,
        pinned_by=change.pinned_by,
    )
    event_id = change_id(change.user, change.sequence, change.decision_time_ms)
    headers = cloud_event(event_id, CHANGED, change.user, change.decision_time_ms, sequence=str(change.sequence))
    return ProducerRecord(SEGMENT_CHANGES, change.user.encode(), _encode(value), headers)


def membership_message(membership: Membership) -> ProducerRecord:
    """A membership for `user-segments`; a tombstone for an erased person."""
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
        predicted={
            label: PredictedLabel(p.value, p.probability, p.value is not None)
            for label, p in (membership.predicted or {}).items()
        },
        label_heads=membership.label_heads,
        soft_membership=membership.soft_membership,
    )
    return ProducerRecord(USER_SEGMENTS, key, _encode(value), [("content-type", b"application/json")])
