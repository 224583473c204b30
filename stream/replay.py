"""The same jobs without a broker: events in, messages for Kafka out.

Kafka's default partitioner assigns events to partitions, so that every partition has the same clock as on a broker.
Training happens between chunks; with a fixed segment model the chunk size changes nothing. Fewer events than
a chunk come in small ones, so that a short file gets a segment model too. If there is none at the end, one is made
from the samples there are, and it decides every user with items.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from kafka.partitioner.default import murmur2

from stream.core.state import PartitionState
from stream.jobs.segmenter import FixedModel, Segmenter
from stream.wire.published_models import PublishedModels
from stream.wire.records import ConsumerRecord, ProducerRecord
from stream.wire.topics import PROFILE_SAMPLE, SEGMENT_MODEL, USER_EVENTS

if TYPE_CHECKING:  # importing scikit-learn takes seconds, and only training needs it
    from stream.jobs.trainer import Trainer, TrainerBuffer
    from stream.runtime.job import Batch

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


@lru_cache(maxsize=1 << 20)
def partition_of(key: bytes | None, n_partitions: int) -> int:
    """Return a key's partition by Kafka's default partitioner; 0 for None."""
    return 0 if key is None else (murmur2(key) & 0x7FFFFFFF) % n_partitions


class Replay:
    """A loop over chunks of events with the segmenter, and a trainer unless the segment model is fixed."""

    def __init__(self, segmenter: Segmenter, models: FixedModel, trainer: Trainer | None, n_partitions: int) -> None:
        self._segmenter, self._models, self._trainer = segmenter, models, trainer
        self._published = PublishedModels()
        self._offsets = [0] * n_partitions
        self._n_samples = 0
        for partition in range(n_partitions):
            segmenter.restore(partition, segmenter.state_reader())
        if trainer is not None:
            trainer.restore(0, trainer.state_reader())

    @property
    def states(self) -> dict[int, PartitionState]:
        """Current state of each partition."""
        return self._segmenter.partitions

    @property
    def n_events(self) -> int:
        """Number of events read so far."""
        return sum(self._offsets)

    def run(self, events: Iterable[tuple[bytes | None, bytes | None]]) -> Iterator[ProducerRecord]:
        """Yield every message of the jobs, in order."""
        for chunk in chunks(self._number(events)):
            self._segmenter.prepare()
            samples: list[ProducerRecord] = []
            for partition in sorted({raw.partition for raw in chunk}):
                for message in self._segment(partition, [raw for raw in chunk if raw.partition == partition]):
                    if message.topic == PROFILE_SAMPLE:
                        samples.append(message)
                    yield message
            if self._trainer is not None:
                yield from self._train(self._trainer, samples)
        if self._trainer is not None and self._models.serving is None:
            yield from self._finish(self._trainer)

    def _number(self, events: Iterable[tuple[bytes | None, bytes | None]]) -> Iterator[ConsumerRecord]:
        for key, value in events:
            partition = partition_of(key, len(self._offsets))
            yield ConsumerRecord(USER_EVENTS, partition, self._offsets[partition], 0, key, value, [])
            self._offsets[partition] += 1

    def _segment(self, partition: int, records: list[ConsumerRecord]) -> list[ProducerRecord]:
        batch = self._segmenter.process(partition, records, 0)
        self._segmenter.merge(batch)
        return batch.messages

    def _train(self, trainer: Trainer, samples: list[ProducerRecord]) -> list[ProducerRecord]:
        first = self._n_samples
        self._n_samples += len(samples)
        records = [ConsumerRecord(PROFILE_SAMPLE, 0, first + at, 0, m.key, m.value, []) for at, m in enumerate(samples)]
        return self._merge_trained(trainer, trainer.process(0, records, 0))

    def _finish(self, trainer: Trainer) -> Iterator[ProducerRecord]:
        """Yield the messages of a first model from fewer samples than a warm-up takes, and of its first decisions."""
        yield from self._merge_trained(trainer, trainer.warm_up_early(0))
        self._segmenter.prepare()
        for partition in self._segmenter.partitions if self._models.serving else ():
            batch = self._segmenter.decide_pending(partition)
            self._segmenter.merge(batch)
            yield from batch.messages

    def _merge_trained(self, trainer: Trainer, batch: Batch[TrainerBuffer]) -> list[ProducerRecord]:
        trainer.merge(batch)
        for message in batch.messages:
            if message.topic == SEGMENT_MODEL:
                self._published.take(message.key, message.value)
        self._models.serving = self._published.serving
        return batch.messages
