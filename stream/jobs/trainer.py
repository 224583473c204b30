"""The trainer's job: sampled profiles and commands in, segment models and decisions on them out.

Its offset moves only with what it has learned. Samples that wait are read again after a crash, so the sequence of
models is a function of the sample topic.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from stream.core.output import Sample
from stream.jobs.training_messages import messages_of
from stream.runtime.job import Batch, BatchSummary, n_bytes
from stream.training.steps.train import execute, fitting, learnable, needed, suffices, train
from stream.training.values.commands import Command, Forget
from stream.training.values.config import TrainerConfig
from stream.training.values.health import Health
from stream.training.values.outputs import Output, TrainResult
from stream.training.values.state import TrainerState
from stream.wire.commands import COMMAND_KEY, read_command
from stream.wire.records import ConsumerRecord
from stream.wire.samples import read_sample
from stream.wire.topics import PROFILE_SAMPLE, trainer_changelog
from stream.wire.trainer_records import TrainerStateReader, trainer_puts

Waiting = tuple[int, Sample]  # with its offset


@dataclass(frozen=True, slots=True)
class TrainerBuffer:
    """A trainer's state, and the samples that wait for the next training step."""

    state: TrainerState | None = None
    waiting: tuple[Waiting, ...] = ()


@dataclass(frozen=True, slots=True)
class _TrainerBatch:
    """A buffer and the outputs after some records; `has_trained` after a training step or a command."""

    buffer: TrainerBuffer
    outputs: tuple[Output, ...] = ()
    n_unusable: int = 0
    has_trained: bool = False

    def then(self, result: TrainResult, waiting: tuple[Waiting, ...]) -> _TrainerBatch:
        """Return the batch after a training step or command."""
        buffer = TrainerBuffer(result.state, waiting)
        n_unusable = self.n_unusable + result.n_skipped
        return _TrainerBatch(buffer, self.outputs + result.outputs, n_unusable, has_trained=True)


class Trainer:
    """A job that trains whenever enough samples of its encoder wait, and executes commands at once.

    `n_unreadable` counts records that can not be decoded, and samples that can not be learned.
    """

    role = "train"
    input_topic = PROFILE_SAMPLE

    def __init__(self, group: str, config: TrainerConfig) -> None:
        self.changelog = trainer_changelog(group)
        self.config = config
        self.n_unreadable = 0
        self._buffers: dict[int, TrainerBuffer] = {}
        self._former: dict[int, TrainerBuffer] = {}  # of partitions with a staged batch

    @property
    def health(self) -> Health | None:
        """The newest health report; None before the first, and where another worker trains."""
        states = (buffer.state for buffer in self._buffers.values())
        return next((state.health for state in states if state is not None), None)

    @property
    def warm_up(self) -> tuple[int, int] | None:
        """The number of samples that wait for the warm-up, and the number it takes.

        None after the warm-up, and where another worker trains.
        """
        for buffer in self._buffers.values():
            if fitting(buffer.state, self.config) is None:
                return len(buffer.waiting), needed(buffer.state, self.config)
        return None

    def buffer(self, partition: int) -> TrainerBuffer:
        """Return the state and the samples that wait, after the last merge."""
        return self._buffers[partition]

    def prepare(self) -> bool:
        """Return True: the job reads no other input."""
        return True

    def state_reader(self) -> TrainerStateReader:
        """Return a reader of the trainer's changelog."""
        return TrainerStateReader()

    def restore(self, partition: int, reader: TrainerStateReader) -> int | None:
        """Continue from the state in the changelog; return the offset where it ends."""
        self._buffers[partition] = TrainerBuffer(reader.state())
        return reader.next_offset()

    def seek(self, partition: int, offset: int) -> None:
        """Drop the samples that wait: their offsets are of a log that is gone."""
        self.discard(partition)

    def process(self, partition: int, raws: list[ConsumerRecord], until_ms: int) -> Batch[TrainerBuffer]:
        """Compute a batch: take in samples, train as often as they suffice, and execute commands."""
        before = self._buffers[partition]
        computed = _TrainerBatch(before)
        for raw in raws:
            computed = self._take(computed, raw)
        self.n_unreadable += computed.n_unusable
        return self._batch(partition, computed, raws)

    def warm_up_early(self, partition: int) -> Batch[TrainerBuffer]:
        """Compute the first generation from the samples that wait, for the end of a past, where no more come.

        Nothing is computed if the samples do not suffice, or there is a generation.
        """
        before = self._buffers[partition]
        computed, samples = _TrainerBatch(before), [sample for _, sample in before.waiting]
        if fitting(before.state, self.config) is None and suffices(samples, self.config):
            computed = computed.then(train(before.state, samples, self.config), ())
        return self._batch(partition, computed, [])

    def _batch(self, partition: int, computed: _TrainerBatch, raws: list[ConsumerRecord]) -> Batch[TrainerBuffer]:
        before, after, next_offset = self._buffers[partition], computed.buffer, None
        if computed.has_trained:
            read_to = raws[-1].offset if raws else before.waiting[-1][0]
            next_offset = after.waiting[0][0] if after.waiting else read_to + 1
        puts = list(trainer_puts(before.state, after.state, next_offset))
        return Batch(
            partition=partition,
            puts=puts,
            messages=[message for output in computed.outputs for message in messages_of(output)],
            next_offset=next_offset,
            result=after,
            summary=BatchSummary(len(raws), raws[0].timestamp_ms if raws else None, n_bytes(puts)),
        )

    def stage(self, batch: Batch[TrainerBuffer]) -> None:
        """Apply a batch, and keep the former buffer."""
        self._former[batch.partition] = self._buffers[batch.partition]
        self._buffers[batch.partition] = batch.result

    def merge(self, batch: Batch[TrainerBuffer]) -> None:
        """Apply a delivered batch."""
        self._former.pop(batch.partition, None)
        self._buffers[batch.partition] = batch.result

    def discard(self, partition: int) -> None:
        """Return to the state before a staged batch. Forget samples that wait: they are read again."""
        former = self._former.pop(partition, self._buffers[partition])
        self._buffers[partition] = replace(former, waiting=())

    def revoke(self, partition: int) -> None:
        """Drop the state: another worker trains now."""
        self._buffers.pop(partition, None)
        self._former.pop(partition, None)

    def next_due_ms(self, partition: int) -> int | None:
        """Return None: time alone trains nothing."""
        return None

    def _take(self, computed: _TrainerBatch, raw: ConsumerRecord) -> _TrainerBatch:
        """Return the batch with a record: a sample waits until there are enough, a command is executed now."""
        state, waiting = computed.buffer.state, computed.buffer.waiting
        record = _read(raw)
        if record is None or (isinstance(record, Sample) and not self._is_usable(record, state)):
            is_of_other_encoder = isinstance(record, Sample) and record.encoder != self.config.encoder
            return computed if is_of_other_encoder else replace(computed, n_unusable=computed.n_unusable + 1)
        if not isinstance(record, Sample):
            if isinstance(record, Forget):
                waiting = tuple((at, sample) for at, sample in waiting if sample.user != record.user)
            return computed.then(execute(state, record, self.config, [sample for _, sample in waiting]), waiting)
        waiting = (*waiting, (raw.offset, record))
        n = needed(state, self.config)
        if len(waiting) < n:
            return replace(computed, buffer=TrainerBuffer(state, waiting))
        return computed.then(train(state, [sample for _, sample in waiting[:n]], self.config), waiting[n:])

    def _is_usable(self, sample: Sample, state: TrainerState | None) -> bool:
        return sample.encoder == self.config.encoder and learnable(sample, state, self.config)


def _read(raw: ConsumerRecord) -> Sample | Command | None:
    """Return the sample or command in a record; None if it can not be decoded."""
    try:
        return read_command(raw.value or b"") if raw.key == COMMAND_KEY else read_sample(raw.value or b"")
    except (ValueError, RecursionError):  # a DecodeError is a ValueError
        return None
