"""Builders of decisions, and of the history that a cluster would hold of them."""

from __future__ import annotations

from typing import Any

import msgspec

from stream.cli.model_history import History, without_refusals
from stream.kafka.reader import Read
from stream.training.values.promotion import Cause, Promotion, Status, Trigger
from stream.wire.promotions import SegmentPromotion, promotion_record
from stream.wire.published_models import PublishedModels
from stream.wire.records import ProducerRecord
from stream.wire.segment_models import model_message
from tests.core.builders import word_model


def decision(
    version: int, status: Status, previous: int = 0, cause: Cause = Cause.REFRESH, **fields: Any
) -> SegmentPromotion:
    return promotion_record(Promotion(version, previous, status, Trigger.AUTOMATIC, cause, 0, **fields))


def messages_of(decision: SegmentPromotion) -> list[ProducerRecord]:
    value = msgspec.json.encode(decision)
    serving = [ProducerRecord("segment-model", b"serving", value, [])] if decision.serves else []
    return [ProducerRecord("segment-promotions", str(decision.segment_model).encode(), value, []), *serving]


def read_of(topic: str, key: bytes | None, value: bytes | None) -> Read:
    """Return a record as a verb reads it, at the beginning of its topic."""
    return Read(topic, 0, 0, 0, key, value, [])


def history(n_models: int, *decisions: SegmentPromotion) -> History:
    """Return models 1 to `n_models` and these decisions in order."""
    published = PublishedModels()
    messages: list[ProducerRecord] = [model_message(word_model(version=at)) for at in range(1, n_models + 1)]
    for message in (*messages, *(m for d in decisions for m in messages_of(d) if m.topic == "segment-model")):
        published.take(message.key, message.value)
    return History(published, without_refusals(decisions))
