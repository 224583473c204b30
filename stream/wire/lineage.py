"""What became of segments as other services read it on `segment-lineage`: JSON, as CloudEvents 1.0 in binary mode."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from stream.training.values.lineage import Lineage
from stream.training.values.promotion import Promotion
from stream.wire.cloud_events import cloud_event
from stream.wire.records import ProducerRecord
from stream.wire.topics import SEGMENT_LINEAGE

BECAME = "io.segue.segment.lineage.v1"


class SegmentLineage(msgspec.Struct, frozen=True):
    """Value on `segment-lineage`: an event in a segment's life that is true from `time_ms` on, that of the verdict by
    which the model serves."""

    segment: str
    event: str
    parents: tuple[str, ...]
    model_version: int
    share: float
    children: tuple[str, ...] = ()  # this and those below: not in records from before splits were told
    parts: tuple[float, ...] = ()
    time_ms: int = 0


def lineage_messages(promotion: Promotion) -> list[ProducerRecord]:
    """The lineage of a verdict for `segment-lineage`, once it is true: none if the verdict does not change what
    serves."""
    return [_message(event, promotion) for event in promotion.lineage] if promotion.serves else []


def lineage_id(event: Lineage, promotion: Promotion) -> str:
    """CloudEvents id, the same whenever the same event is sent again. Time and reason, which names the command, keep a
    model that serves a second time apart from its first."""
    said = f"{event.model_version}:{event.event}:{event.segment}:{promotion.time_ms}:{promotion.reason}"
    return sha256(said.encode()).hexdigest()[:32]


def _message(event: Lineage, promotion: Promotion) -> ProducerRecord:
    value = SegmentLineage(
        segment=event.segment,
        event=event.event,
        parents=event.parents,
        model_version=event.model_version,
        share=event.share,
        children=event.children,
        parts=event.parts,
        time_ms=promotion.time_ms,
    )
    headers = cloud_event(lineage_id(event, promotion), BECAME, event.segment, promotion.time_ms)
    return ProducerRecord(SEGMENT_LINEAGE, event.segment.encode(), msgspec.json.encode(value), headers)
