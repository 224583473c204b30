"""A trainer with its changelog, its offset and what it said, without a broker."""

from __future__ import annotations

from collections.abc import Sequence

from stream.core.output import Sample
from stream.jobs.trainer import Trainer, TrainerBuffer
from stream.runtime.job import Batch
from stream.training.values.commands import Command
from stream.training.values.policy import TrainingPolicy
from stream.wire.commands import command_message
from stream.wire.promotions import SegmentPromotion, read_promotion
from stream.wire.records import ConsumerRecord, ProducerRecord
from stream.wire.samples import SAMPLE_KEY, sample_message
from stream.wire.state_records import Put
from stream.wire.topics import PROFILE_SAMPLE
from tests.core.planted import PlantedPopulation
from tests.training.harness import at_day, config_of, policy_of

N = 40
POLICY = policy_of(N, n_segments=2, segment_users_min=5)
FIRST = 100  # offset of the first record of a log


def message(said: Sample | Command | bytes | None) -> ProducerRecord:
    """Return the content as a record of the log; bytes are an unreadable sample."""
    if isinstance(said, Sample):
        return sample_message(said)
    if said is None or isinstance(said, bytes):
        return ProducerRecord(PROFILE_SAMPLE, SAMPLE_KEY, said, [])
    return command_message(said)


def log(*said: Sample | Command | bytes | None) -> list[ConsumerRecord]:
    """The partition of `profile-sample`."""
    written = [message(each) for each in said]
    return [ConsumerRecord(m.topic, 0, FIRST + at, 5_000 + at, m.key, m.value, []) for at, m in enumerate(written)]


def days(n: int) -> list[Sample]:
    """Return the samples of all users on each of n days."""
    population = PlantedPopulation((0.6, 0.4))
    return [sample for day in range(n) for sample in population.day(N, at_day(day))]


class Ran:
    """A trainer, its changelog and what it said; `begins` is the offset where its changelog ends."""

    def __init__(self, changelog: Sequence[Put] = (), encoder: str = "e1", policy: TrainingPolicy = POLICY) -> None:
        self.trainer = Trainer("g", config_of(policy, encoder))
        self.puts = list(changelog)
        reader = self.trainer.state_reader()
        for put in changelog:
            reader.add(put.key, put.value)
        self.begins = self.trainer.restore(0, reader)
        self.messages: list[ProducerRecord] = []
        self.offset: int | None = None

    def run(self, raws: Sequence[ConsumerRecord], inclusion_thresholds: Sequence[int] = ()) -> Ran:
        """The records in batches, each delivered."""
        ends = [*inclusion_thresholds, len(raws)]
        for begin, end in zip([0, *inclusion_thresholds], ends, strict=True):
            batch = self.trainer.process(0, list(raws[begin:end]), 0)
            self.deliver(batch)
        return self

    def deliver(self, batch: Batch[TrainerBuffer]) -> None:
        """As an engine does: what is to be delivered, then the merger."""
        self.puts += batch.puts
        self.messages += batch.messages
        self.offset = self.offset if batch.next_offset is None else batch.next_offset
        self.trainer.merge(batch)

    def said(self, topic: str) -> list[bytes]:
        return [m.value for m in self.messages if m.topic == topic and m.value is not None]

    def verdicts(self) -> list[SegmentPromotion]:
        return [read_promotion(value) for value in self.said("segment-promotions")]


def compacted(puts: Sequence[Put]) -> list[Put]:
    """The last record of every key, in another order than they came."""
    return sorted({put.key: put for put in puts}.values(), key=lambda put: (put.key[::-1], put.key))
