"""Outputs of training as records of their topics."""

from __future__ import annotations

from stream.training.values.health import Health, HealthWarning
from stream.training.values.outputs import Output, Published, Retracted, Served
from stream.training.values.promotion import Promotion
from stream.wire.catalogue import catalogue_messages
from stream.wire.health import health_message, warning_message
from stream.wire.lineage import lineage_messages
from stream.wire.promotions import promotion_messages
from stream.wire.records import ProducerRecord
from stream.wire.segment_models import model_message, retraction_message


def messages_of(output: Output) -> list[ProducerRecord]:
    """Return an output of training as messages, in the order in which they may be read."""
    match output:
        case Published(model):
            return [model_message(model)]
        case Retracted(version):
            return [retraction_message(version)]
        case Served(model, previous):
            return catalogue_messages(model, previous)
        case Promotion():
            return [*promotion_messages(output), *lineage_messages(output)]
        case Health():
            return [health_message(output)]
        case HealthWarning():  # pragma: no branch (there is no other output)
            return [warning_message(output)]
