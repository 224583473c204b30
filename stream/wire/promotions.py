"""What became of segment models: every verdict on `segment-promotions`, and which model serves on `segment-model`."""

from __future__ import annotations

import msgspec

from stream.training.values.promotion import Promotion
from stream.wire.records import ProducerRecord
from stream.wire.topics import SEGMENT_MODEL, SEGMENT_PROMOTIONS

SERVING_KEY = b"serving"  # of the one record on `segment-model` that is no model: the last verdict that changed it


def promotion_messages(promotion: Promotion) -> list[ProducerRecord]:
    """The verdict for `segment-promotions`, and for `segment-model` where it changes what serves."""
    value = msgspec.json.encode(promotion)
    said = ProducerRecord(SEGMENT_PROMOTIONS, str(promotion.version).encode(), value, [])
    if promotion.serves:
        return [said, ProducerRecord(SEGMENT_MODEL, SERVING_KEY, value, [])]
    return [said]


def read_promotion(value: bytes) -> Promotion:
    """The verdict in a message; raises msgspec.DecodeError on anything else."""
    return msgspec.json.decode(value, type=Promotion)
