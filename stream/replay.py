"""The same jobs without a broker: events in, messages for Kafka out.

Kafka's default partitioner assigns events to partitions, so that every partition has the same clock as on a broker.
Training happens between chunks; with a fixed segment model the chunk size changes nothing. Fewer events than
a chunk come in small ones, so that a short file gets a segment model too. If there is none at the end, one is made
from the samples there are, and it decides every user with items.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from stream.core.outcome import Step
from stream.core.partition import PartitionState
from stream.core.serving import Serving
from stream.jobs.model_source import FixedModel
from stream.jobs.segmenter import Segmenter
from stream.runtime.job import Batch
from stream.wire.placement import partition_of
from stream.wire.published_models import PublishedModels
from stream.wire.records import ConsumerRecord, ProducerRecord
from stream.wire.topics import PROFILE_SAMPLE, SEGMENT_MODEL, USER_EVENTS

if TYPE_CHECKING:  # importing scikit-learn takes seconds, and only training needs it
    from stream.jobs.trainer import Trainer, TrainerBuffer

CHUNK_RECORDS = 1000
_SHORT_RECORDS = 20


def chunks(records: Iterable[ConsumerRecord]) -> Iterator[list[ConsumerRecord]]:
    """Yield the records in chunks of 1,000; fewer than 1,000 records in all come in chunks of 20."""
    numbered = iter(records)
    first = list(islice(numbered, CHUNK_RECORDS))
    size = CHUNK_RECORDS if len(first) == CHUNK_RECORDS else _SHORT_RECORDS
    yield from (first[at : at + size] for at in range(0, len(first), size))
    while chunk := list(islice(numbered, CHUNK_RECORDS)):
        yield chunk


_partition_of = lru_cache(maxsize=1 << 20)(partition_of)  # a replay has the same users again and again


class Turn(NamedTuple):
    """A turn of the jobs, before it is merged: batches of partitions, and the trainer's with their samples."""

    segmented: list[Batch[Step]]
    trained: Batch[TrainerBuffer] | None = None

    @property
    def messages(self) -> list[ProducerRecord]:
        """Messages of the jobs, in order."""
        trained = self.trained.messages if self.trained else []
        return [*(message for batch in self.segmented for message in batch.messages), *trained]


class Replay:
    """A loop of the segmenter, and of a trainer unless the segment model is fixed, turn by turn.

    `published` holds the trainer's models; the states are empty at first.
    """

    def __init__(self, segmenter: Segmenter, models: FixedModel, trainer: Trainer | None, n_partitions: int) -> None:
        self.segmenter, self.trainer = segmenter, trainer
        self.published = PublishedModels()
        self.n_partitions, self.n_events, self.n_samples = n_partitions, 0, 0
        self.outcomes: Counter[str] = Counter()  # of events, as in BatchSummary
        self._models = models
        for partition in range(n_partitions):
            segmenter.restore(partition, segmenter.state_reader())
        if trainer is not None:
            trainer.restore(0, trainer.state_reader())

    @property
    def states(self) -> dict[int, PartitionState]:
        """Current state of each partition."""
        return self.segmenter.partitions

    @property
    def serving(self) -> Serving | None:
        """The serving segment model; None before the first."""
        return self._models.serving

    def run(self, events: Iterable[tuple[bytes | None, bytes | None]]) -> Iterator[ProducerRecord]:
        """Yield every message of the jobs, in order."""
        for chunk in chunks(self._number(events)):
            yield from self.merge(self.compute(chunk))
        if self._models.serving is None:
            yield from self.merge(self.warm_up_early())
            if self._models.serving is not None:
                yield from self.merge(self.decide_pending())

    def compute(self, chunk: list[ConsumerRecord]) -> Turn:
        """Return a turn over some records of all partitions; no state changes."""
        self.segmenter.prepare()
        partitions = sorted({record.partition for record in chunk})
        by_partition = {p: [record for record in chunk if record.partition == p] for p in partitions}
        return self._with_training([self.segmenter.process(p, records, 0) for p, records in by_partition.items()])

    def warm_up_early(self) -> Turn:
        """Return a turn with a first model from fewer samples than a warm-up takes, if they suffice."""
        return Turn([], self.trainer.warm_up_early(0) if self.trainer else None)

    def decide_pending(self) -> Turn:
        """Return a turn with decisions on all users without a result."""
        self.segmenter.prepare()
        return self._with_training([self.segmenter.decide_pending(p) for p in range(self.n_partitions)])

    def merge(self, turn: Turn) -> list[ProducerRecord]:
        """Apply a turn, and return its messages. A new model decides from the next turn on."""
        for batch in turn.segmented:
            self.segmenter.merge(batch)
            self.outcomes.update(batch.summary.outcomes)
        if self.trainer is not None and turn.trained is not None:
            self.n_samples += turn.trained.summary.n_records
            self.trainer.merge(turn.trained)
            for message in turn.trained.messages:
                if message.topic == SEGMENT_MODEL:
                    self.published.take(message.key, message.value)
            self.serve_published()
        return turn.messages

    def serve_published(self) -> None:
        """Let the last published model decide."""
        self._models.serving = self.published.serving

    def _number(self, events: Iterable[tuple[bytes | None, bytes | None]]) -> Iterator[ConsumerRecord]:
        offsets = [0] * self.n_partitions
        for key, value in events:
            partition = _partition_of(key, self.n_partitions)
            yield ConsumerRecord(USER_EVENTS, partition, offsets[partition], 0, key, value, [])
            offsets[partition] += 1
            self.n_events += 1

    def _with_training(self, segmented: list[Batch[Step]]) -> Turn:
        if self.trainer is None:
            return Turn(segmented)
        samples = [m for batch in segmented for m in batch.messages if m.topic == PROFILE_SAMPLE]
        first = self.n_samples
        records = [ConsumerRecord(PROFILE_SAMPLE, 0, first + at, 0, m.key, m.value, []) for at, m in enumerate(samples)]
        return Turn(segmented, self.trainer.process(0, records, 0))
