"""Purchases of The Complete Journey, and a segment model trained on those of January."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from bench.harness.conditions import DEFAULT_MODEL
from stream.bootstrap import build_replay
from stream.core.partition import PartitionState
from stream.core.policy import DAY_MS, Clock, Policy
from stream.core.segment_model import SegmentModel
from stream.files.complete_journey import purchases
from stream.kafka.connection import Connection
from stream.runtime.options import EngineOptions
from stream.settings import Process, WorkerSettings
from stream.training.values.policy import TrainingPolicy
from stream.wire.published_models import PublishedModels
from stream.wire.records import ProducerRecord
from stream.wire.segment_models import dump_segment_model
from stream.wire.topics import SEGMENT_MODEL

FEBRUARY_MS = 1_485_907_200_000  # 2017-02-01
N_SEGMENTS = 10
KIND = "purchase"
POLICY = Policy(clock=Clock.EVENT, dwell_ms=DAY_MS, kinds=(KIND,))
TRAINING = TrainingPolicy(n_segments=N_SEGMENTS)

Purchase = tuple[bytes, bytes]


@dataclass(frozen=True)
class Trained:
    """A segment model in file format, and the user states after the training purchases."""

    segment_model: bytes
    partition: PartitionState


class KnownTexts:
    """An `Encoder` by look-up, for parts without a measurement of encoding."""

    def __init__(self, version: str, vectors: dict[str, NDArray[np.float32]]) -> None:
        self.version, self._vectors = version, vectors
        self.dimension = len(next(iter(vectors.values())))

    def add(self, text: str, vector: NDArray[np.float32]) -> None:
        """Learn the vector of a text."""
        self._vectors[text] = vector

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return `(n, dimension)` vectors. Raises KeyError for an unknown text."""
        return np.stack([self._vectors[text] for text in texts])


def settings() -> WorkerSettings:
    """Return the settings of a worker on the event clock."""
    return WorkerSettings(
        Connection(), EngineOptions(), POLICY, TRAINING, Process(encoder=str(DEFAULT_MODEL), encoder_threads=2)
    )


@cache
def trained(n_events: int) -> Trained:
    """Train on the first `n_events` purchases of January, in one partition.

    Raises ValueError when there are too few for a segment model.
    """
    replay = build_replay(settings(), n_partitions=1)
    model = last_serving(replay.run(january(n_events)))
    if model is None:
        raise ValueError(f"{n_events} events make no segment model")
    return Trained(dump_segment_model(model), replay.states[0])


def last_serving(records: Iterable[ProducerRecord]) -> SegmentModel | None:
    """Return the serving model after records of any topics; None before the first."""
    published = PublishedModels()
    for record in records:
        if record.topic == SEGMENT_MODEL:
            published.take(record.key, record.value)
    return published.serving.model if published.serving else None


def january(n_events: int) -> list[Purchase]:
    """Return the first purchases of 2017, at most those of January (117,000)."""
    return list(islice(purchases(end_ms=FEBRUARY_MS), n_events))


def from_february(n_events: int) -> list[Purchase]:
    """Return the first purchases from February on, of all households."""
    return list(islice(purchases(start_ms=FEBRUARY_MS), n_events))
