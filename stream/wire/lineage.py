"""Lineage of segments on `segment-lineage`: JSON, as CloudEvents 1.0 in binary mode."""

from __future__ import annotations

import msgspec

from stream.training.values.lineage import Lineage, LineageEvent
from stream.training.values.promotion import Promotion
from stream.wire.cloud_events import cloud_event, event_id
from stream.wire.records import ProducerRecord
from stream.wire.topics import SEGMENT_LINEAGE

LINEAGE_TYPE = "io.segue.segment.lineage.v1"


class PromotionLineage(msgspec.Struct, frozen=True):
    """An event in a segment's life, as a promotion lists it."""

    segment: str
    event: LineageEvent
    parents: tuple[str, ...]
    segment_model: int
    share: float
    children: tuple[str, ...]
    fractions: tuple[float, ...]


class SegmentLineage(PromotionLineage, frozen=True):
    """Value on `segment-lineage`: an event in a segment's life, true from `time_ms` on, when the model serves."""

    time_ms: int


def lineage_messages(promotion: Promotion) -> list[ProducerRecord]:
    """Return the lineage of a decision for `segment-lineage`; none unless it changes the serving model."""
    return [_message(event, promotion) for event in promotion.lineage] if promotion.serves else []


def lineage_id(event: Lineage, promotion: Promotion) -> str:
    """Return the CloudEvents id, the same whenever the event is sent again.

    Time and command tell a model that serves a second time from its first.
    """
    return event_id(event.segment_model, event.event, event.segment, promotion.time_ms, promotion.command_id)


def _message(event: Lineage, promotion: Promotion) -> ProducerRecord:
    value = SegmentLineage(
        segment=event.segment,
        event=event.event,
        parents=event.parents,
        segment_model=event.segment_model,
        share=event.share,
        children=event.children,
        fractions=event.fractions,
        time_ms=promotion.time_ms,
    )
    headers = cloud_event(lineage_id(event, promotion), LINEAGE_TYPE, event.segment, promotion.time_ms)
    return ProducerRecord(SEGMENT_LINEAGE, event.segment.encode(), msgspec.json.encode(value), headers)
