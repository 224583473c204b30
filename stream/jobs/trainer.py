"""The second job: sampled profiles in, segment models out.

Its offset moves only with a training step, so samples not yet learned are read again after a crash, and the sequence
of models is a function of the sample topic.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import msgspec

from stream.core.output import Sample
from stream.core.segment_model import SegmentModel
from stream.core.training.lineage import Lineage
from stream.core.training.policy import TrainingPolicy
from stream.core.training.state import TrainerState
from stream.core.training.train import needed, train
from stream.engines.job import Batch, StateReader
from stream.wire.message import Message, Raw
from stream.wire.samples import read_sample
from stream.wire.segment_models import catalogue_messages, model_message
from stream.wire.state_records import Put
from stream.wire.topics import PROFILE_SAMPLE, SEGMENT_LINEAGE, trainer_changelog
from stream.wire.trainer_records import STATE_KEY, read_trainer_state, trainer_put


@dataclass(frozen=True, slots=True)
class TrainerMemory:
    """The learned state, and samples read but not learned yet, each with its offset."""

    state: TrainerState | None = None
    waiting: tuple[tuple[int, Sample], ...] = ()


class TrainerReader:
    """Reads the trainer's changelog: the last state counts."""

    def __init__(self) -> None:
        self.state: TrainerState | None = None

    def add(self, key: bytes, value: bytes | None) -> None:
        """Take in one record."""
        if key == STATE_KEY:
            self.state = read_trainer_state(value) if value is not None else None


class Trainer:
    """Trains whenever enough samples of its encoder wait; `n_unreadable` counts samples that could not be read.

    A state of another encoder or other features, from before an upgrade, is succeeded by a new warm-up, whose segments
    keep the ids of those that held the same people.
    """

    role = "train"
    input_topic = PROFILE_SAMPLE

    def __init__(
        self, group: str, policy: TrainingPolicy, semantic_weight: float, features: tuple[str, ...], encoder: str
    ) -> None:
        self.changelog = trainer_changelog(group)
        self.policy, self.semantic_weight, self.features = policy, semantic_weight, features
        self.encoder = encoder
        self.n_unreadable = 0
        self._memory: dict[int, TrainerMemory] = {}

    def prepare(self) -> bool:
        """Nothing else is read."""
        return True

    def state_reader(self) -> TrainerReader:
        """Reads the trainer's changelog."""
        return TrainerReader()

    def adopt(self, partition: int, reader: StateReader) -> int | None:
        """Go on where the last training step ended; its offset is with the group alone."""
        self._memory[partition] = TrainerMemory(cast(TrainerReader, reader).state)
        return None

    def process(self, partition: int, raws: list[Raw], until_ms: int) -> Batch:
        """Take in samples and train as often as they suffice."""
        memory = self._memory[partition]
        state, waiting = memory.state, (*memory.waiting, *self._read(raws))
        messages: list[Message] = []
        next_offset: int | None = None
        while len(waiting) >= (n := needed(self._present(state), self.policy)):
            present, samples = self._present(state), [sample for _, sample in waiting[:n]]
            trained = train(present, samples, self.policy, self.semantic_weight, self.features, former=state)
            next_offset, waiting = waiting[n - 1][0] + 1, waiting[n:]
            if trained is not None:
                state = trained.state
                messages += publication(trained.segment_model, trained.lineage)
        puts: list[Put] = [trainer_put(state)] if messages and state else []
        oldest_ms = raws[0].timestamp_ms if raws else None
        return Batch(partition, len(raws), puts, messages, next_offset, oldest_ms, TrainerMemory(state, waiting))

    def merge(self, batch: Batch) -> None:
        """Remember what a delivered batch learned."""
        self._memory[batch.partition] = batch.pending

    def rewind(self, partition: int) -> None:
        """Samples that wait come again."""
        self._memory[partition] = replace(self._memory[partition], waiting=())

    def forget(self, partition: int) -> None:
        """Somebody else trains now."""
        self._memory.pop(partition, None)

    def next_due_ms(self, partition: int) -> int | None:
        """Time alone trains nothing."""
        return None

    def _read(self, raws: list[Raw]) -> list[tuple[int, Sample]]:
        samples = []
        for raw in raws:
            try:
                sample = read_sample(raw.value or b"")
            except (msgspec.DecodeError, ValueError):
                self.n_unreadable += 1
                continue
            if sample.encoder == self.encoder:
                samples.append((raw.offset, sample))
        return samples

    def _present(self, state: TrainerState | None) -> TrainerState | None:
        """The state, if it is of this encoder and these features."""
        fits = state is not None and (state.encoder, state.features) == (self.encoder, self.features)
        return state if fits else None


def publication(model: SegmentModel, lineage: tuple[Lineage, ...]) -> list[Message]:
    """A new segment model with its catalogue entries and what became of its segments."""
    events = [Message(SEGMENT_LINEAGE, e.segment.encode(), msgspec.json.encode(e), []) for e in lineage]
    return [model_message(model), *catalogue_messages(model), *events]
