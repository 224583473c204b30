"""The state of an unfinished backfill, from the changelogs and the topic of models."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

from stream.jobs.trainer import Trainer
from stream.kafka.changelog import ChangelogRestorer
from stream.kafka.connection import Connection
from stream.kafka.partition_reader import PartitionReader
from stream.replay import Replay
from stream.runtime.job import StateReader
from stream.wire.backfill_records import WAITING_PREFIX, BackfillRecord
from stream.wire.published_models import PublishedModels
from stream.wire.records import ConsumerRecord
from stream.wire.samples import SAMPLE_KEY
from stream.wire.state_rebuilder import StateRebuilder
from stream.wire.topics import PROFILE_SAMPLE, SEGMENT_MODEL
from stream.wire.trainer_records import TrainerStateReader

_ADVANCE_S = 1.0
_WAIT_S = 0.5

Reader = TypeVar("Reader", bound=StateReader)


class TrainerPastReader:
    """A reader of the trainer's changelog with the samples that wait, by number."""

    def __init__(self, state: TrainerStateReader) -> None:
        self.state = state
        self.waiting: dict[int, bytes] = {}

    def add(self, key: bytes, value: bytes | None) -> None:
        """Take in one record."""
        if key[:1] != WAITING_PREFIX:
            self.state.add(key, value)
        elif value is None:
            self.waiting.pop(int.from_bytes(key[1:], "big"), None)
        else:
            self.waiting[int.from_bytes(key[1:], "big")] = value


def read_changelog(
    connection: Connection, topic: str, n_partitions: int, new_reader: Callable[[], Reader]
) -> dict[int, Reader]:
    """Return a reader of each partition of a changelog, read to its end."""
    with closing(ChangelogRestorer(connection, topic, new_reader)) as restorer:
        restorer.begin(list(range(n_partitions)))
        read: dict[int, Reader] = {}
        while len(read) < n_partitions:
            read |= {each.partition: each.reader for each in restorer.advance(_ADVANCE_S)}
        return read


def read_models(connection: Connection, published: PublishedModels) -> None:
    """Take in every record of `segment-model`."""
    with closing(PartitionReader(connection, prompt=True)) as reader:
        reader.start(SEGMENT_MODEL, {0: 0})
        while True:
            messages, ends = reader.read(1_000, _WAIT_S)
            for message in messages:
                published.take(message.key(), message.value())
            if ends:
                return


def restore(
    replay: Replay, record: BackfillRecord, states: dict[int, StateRebuilder], trainer: TrainerPastReader | None
) -> None:
    """Bring the jobs to where the last committed turn ended; `published` of the replay has the models."""
    for partition, reader in states.items():
        reader.backfill = None  # it is the one that goes on
        replay.segmenter.restore(partition, reader)
    replay.n_samples = record.n_samples
    if replay.trainer is not None and trainer is not None:
        restore_trainer(replay.trainer, trainer)
        replay.serve_published()


def restore_trainer(trainer: Trainer, reader: TrainerPastReader) -> None:
    """Give a trainer its state and the samples that wait; they are too few for a training step."""
    trainer.restore(0, reader.state)
    waiting = sorted(reader.waiting.items())
    records = [ConsumerRecord(PROFILE_SAMPLE, 0, number, 0, SAMPLE_KEY, value, []) for number, value in waiting]
    trainer.merge(trainer.process(0, records, 0))
