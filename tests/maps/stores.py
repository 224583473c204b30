"""Stores with planted groups of users, and a segment model that serves."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from stream.core.output import Sample
from stream.core.segment_model import SegmentModel
from stream.store.writer import StoreWriter
from stream.training.values.promotion import Cause, Promotion, Status, Trigger
from stream.wire.promotions import promotion_messages
from stream.wire.records import ProducerRecord
from stream.wire.samples import sample_message
from stream.wire.segment_models import model_message
from tests.maps.groups import DIMENSION, groups, model
from tests.store.builders import T0, Log


def store_with(path: Path, n_users: int, serving: SegmentModel | None = None, encoder: str = "words") -> Path:
    """Write a store of so many sampled users; without users there is no segment model either."""
    log = Log()
    served = serving or model()
    messages: list[ProducerRecord] = []
    if n_users:
        messages = [model_message(served), *promotion_messages(_promotion(served))]
    profiles, segments = groups(n_users)
    for at in range(n_users):
        explicit, semantic, mass = profiles.explicit[at], profiles.semantic[at], float(profiles.mass[at])
        contrast = np.zeros(DIMENSION, np.float32)
        sample = Sample(f"u{at}", T0 + at, explicit, semantic, mass, contrast, ("milk",), encoder, segments[at])
        messages.append(sample_message(sample))
    for message in messages:
        log.add(message.topic, message.key, message.value)
    writer = StoreWriter(path)
    writer.apply(log.reads)
    writer.close()
    return path


def _promotion(served: SegmentModel) -> Promotion:
    return Promotion(served.version, 0, Status.PROMOTED, Trigger.WARM_UP, Cause.WARM_UP, T0)
