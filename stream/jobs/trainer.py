"""The second job: sampled profiles and commands in, segment models and what became of them out.

Its offset moves only with what it has learned, so samples that wait are read again after a crash, and the sequence of
models is a function of the sample topic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import msgspec

from stream.core.output import Sample
from stream.runtime.job import Batch, BatchSummary, n_bytes
from stream.training.steps.train import TrainerConfig, command, learnable, needed, present, train
from stream.training.values.commands import Command, Forget
from stream.training.values.health import Health, HealthWarning
from stream.training.values.outputs import Output, Published, Retracted, Served
from stream.training.values.promotion import Promotion
from stream.training.values.state import Memory
from stream.wire.catalogue import catalogue_messages
from stream.wire.commands import COMMAND_KEY, read_command
from stream.wire.health import health_message, warning_message
from stream.wire.lineage import lineage_messages
from stream.wire.promotions import promotion_messages
from stream.wire.records import ConsumerRecord, ProducerRecord
from stream.wire.samples import read_sample
from stream.wire.segment_models import model_message, retraction_message
from stream.wire.topics import PROFILE_SAMPLE, trainer_changelog
from stream.wire.trainer_records import MemoryReader, memory_puts

Input = tuple[int, Sample | Command]  # with its offset


@dataclass(frozen=True, slots=True)
class Learning:
    """What was learned, and samples read but not learned yet, each with its offset."""

    memory: Memory = field(default_factory=Memory)
    waiting: tuple[tuple[int, Sample], ...] = ()


class Trainer:
    """Trains whenever enough samples of its encoder wait, and does what it is asked at once; `n_unreadable` counts
    records that could not be read and samples that could not be learned, such as those of other features."""

    role = "train"
    input_topic = PROFILE_SAMPLE

    def __init__(self, group: str, config: TrainerConfig) -> None:
        self.changelog = trainer_changelog(group)
        self.config = config
        self.n_unreadable = 0
        self._learning: dict[int, Learning] = {}

    @property
    def health(self) -> Health | None:
        """The newest look at the segments; None before the first, and where somebody else trains."""
        states = (learning.memory.state for learning in self._learning.values())
        return next((state.health for state in states if state is not None), None)

    @property
    def warm_up(self) -> tuple[int, int] | None:
        """How many samples wait for the first segments, and how many these take; None once there are segments, and
        where somebody else trains."""
        for learning in self._learning.values():
            if present(learning.memory, self.config) is None:
                return len(learning.waiting), needed(learning.memory, self.config)
        return None

    def prepare(self) -> bool:
        """Nothing else is read."""
        return True

    def state_reader(self) -> MemoryReader:
        """Reads the trainer's changelog."""
        return MemoryReader()

    def restore(self, partition: int, reader: MemoryReader) -> int | None:
        """Go on where the last training step ended."""
        self._learning[partition] = Learning(reader.memory())
        return reader.next_offset()

    def process(self, partition: int, raws: list[ConsumerRecord], until_ms: int) -> Batch[Learning]:
        """Take in samples, train as often as they suffice, and do what is asked."""
        before = self._learning[partition]
        turn = _Turn(self.config, before.memory, list(before.waiting))
        for offset, read in self._read(raws):
            turn.take(offset, read)
        self.n_unreadable += turn.n_unlearnable
        next_offset = None
        if turn.has_happened:
            next_offset = turn.waiting[0][0] if turn.waiting else raws[-1].offset + 1
        puts = list(memory_puts(before.memory, turn.memory, next_offset))
        return Batch(
            partition=partition,
            puts=puts,
            messages=turn.messages,
            next_offset=next_offset,
            result=Learning(turn.memory, tuple(turn.waiting)),
            summary=BatchSummary(len(raws), raws[0].timestamp_ms if raws else None, n_bytes(puts)),
        )

    def merge(self, batch: Batch[Learning]) -> None:
        """Remember what a delivered batch learned."""
        self._learning[batch.partition] = batch.result

    def discard(self, partition: int) -> None:
        """Samples that wait come again."""
        self._learning[partition] = replace(self._learning[partition], waiting=())

    def revoke(self, partition: int) -> None:
        """Somebody else trains now."""
        self._learning.pop(partition, None)

    def next_due_ms(self, partition: int) -> int | None:
        """Time alone trains nothing."""
        return None

    def _read(self, raws: list[ConsumerRecord]) -> Iterator[Input]:
        for raw in raws:
            try:
                read = read_command(raw.value or b"") if raw.key == COMMAND_KEY else read_sample(raw.value or b"")
            except (msgspec.DecodeError, ValueError):
                self.n_unreadable += 1
                continue
            if not isinstance(read, Sample) or read.encoder == self.config.encoder:
                yield raw.offset, read


class _Turn:
    """Some records on their way into a memory."""

    def __init__(self, config: TrainerConfig, memory: Memory, waiting: list[tuple[int, Sample]]) -> None:
        self.config, self.memory, self.waiting = config, memory, waiting
        self.messages: list[ProducerRecord] = []
        self.has_happened, self.n_unlearnable = False, 0

    def take(self, offset: int, read: Sample | Command) -> None:
        """A sample waits until there are enough; what is asked is done now."""
        if isinstance(read, Sample):
            if not learnable(read, self.memory, self.config):
                self.n_unlearnable += 1
                return
            self.waiting.append((offset, read))
            if len(self.waiting) < (n := needed(self.memory, self.config)):
                return
            trained = train(self.memory, [sample for _, sample in self.waiting[:n]], self.config)
            self.waiting = self.waiting[n:]
        else:
            if isinstance(read, Forget):
                self.waiting = [(at, sample) for at, sample in self.waiting if sample.user != read.user]
            trained = command(self.memory, read, self.config, [sample for _, sample in self.waiting])
        self.memory, self.has_happened = trained.memory, True
        self.n_unlearnable += trained.n_skipped
        for output in trained.outputs:
            self.messages += messages_of(output)


def messages_of(output: Output) -> list[ProducerRecord]:
    """What training says, as messages in the order in which they may be read."""
    match output:
        case Published(model):
            return [model_message(model)]
        case Retracted(version):
            return [retraction_message(version)]
        case Served(model, former):
            return catalogue_messages(model, former)
        case Promotion():
            return [*promotion_messages(output), *lineage_messages(output)]
        case Health():
            return [health_message(output)]
        case HealthWarning():  # pragma: no branch (there is no other output)
            return [warning_message(output)]
