"""Decisions on segment models: `segment-promotions` as CloudEvents, and the serving model on `segment-model`."""

from __future__ import annotations

import msgspec

from stream.training.values.promotion import Cause, Promotion, Status, Trigger
from stream.training.values.structure_change import ChangeKind
from stream.wire.cloud_events import JSON_HEADERS, cloud_event, event_id
from stream.wire.lineage import PromotionLineage
from stream.wire.records import ProducerRecord
from stream.wire.topics import SEGMENT_MODEL, SEGMENT_PROMOTIONS

SERVING_KEY = b"serving"  # of the one record on `segment-model` that is no model: the last decision that changed it
PROMOTION_TYPE = "io.segue.segment_model.promotion.v1"


class PromotionChange(msgspec.Struct, frozen=True):
    """A structural change of `segments`."""

    kind: ChangeKind
    segments: tuple[str, ...]


class PromotionTransition(msgspec.Struct, frozen=True):
    """Users moved from one segment to another by the model; `share` is of all users, both are estimates."""

    from_segment: str
    to_segment: str
    n_users: int
    share: float


class SegmentPromotion(msgspec.Struct, frozen=True):
    """Value on `segment-promotions`: a decision on `segment_model`, made while `previous_model` serves (0: none).

    `reason` is for people; programs read `cause`, `changes` and `command_id`.
    """

    segment_model: int
    previous_model: int
    status: Status
    trigger: Trigger
    cause: Cause
    reason: str
    command_id: str
    changes: tuple[PromotionChange, ...]
    time_ms: int
    ramp_ms: int
    n_sampled: int
    share_moved: float
    share_entered: float
    churn_budget: float
    transitions: tuple[PromotionTransition, ...]
    lineage: tuple[PromotionLineage, ...]
    auto_promotion_paused: bool

    @property
    def serves(self) -> bool:
        """True if the model serves from now on."""
        return self.status in (Status.PROMOTED, Status.ROLLED_BACK)


def promotion_messages(promotion: Promotion) -> list[ProducerRecord]:
    """Return the decision for `segment-promotions`, and for `segment-model` if it changes the serving model."""
    value = msgspec.json.encode(promotion_record(promotion))
    key = str(promotion.segment_model).encode()
    headers = cloud_event(promotion_id(promotion), PROMOTION_TYPE, str(promotion.segment_model), promotion.time_ms)
    message = ProducerRecord(SEGMENT_PROMOTIONS, key, value, headers)
    return (
        [message, ProducerRecord(SEGMENT_MODEL, SERVING_KEY, value, list(JSON_HEADERS))]
        if promotion.serves
        else [message]
    )


def promotion_record(promotion: Promotion) -> SegmentPromotion:
    """Return the decision as its record."""
    return msgspec.convert(promotion, SegmentPromotion, from_attributes=True)


def promotion_id(promotion: Promotion) -> str:
    """Return the CloudEvents id: a hash of the decision's values, the same whenever it is sent again."""
    return event_id(
        promotion.segment_model,
        promotion.status,
        promotion.trigger,
        promotion.cause,
        promotion.time_ms,
        promotion.command_id,
    )


def read_promotion(value: bytes) -> SegmentPromotion:
    """Return the decision in a message; raises msgspec.DecodeError on anything else."""
    return msgspec.json.decode(value, type=SegmentPromotion)
