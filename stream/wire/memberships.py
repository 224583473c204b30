"""Memberships on `user-segments`, as public structs."""

from __future__ import annotations

import msgspec

from stream.core.event import Scalar
from stream.core.labels import Prediction
from stream.core.output import Membership
from stream.wire.changes import SegmentRef
from stream.wire.cloud_events import JSON_HEADERS
from stream.wire.records import ProducerRecord
from stream.wire.topics import USER_SEGMENTS


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


def _predicted(prediction: Prediction) -> PredictedLabel:
    return PredictedLabel(prediction.value, prediction.probability, prediction.value is not None)
