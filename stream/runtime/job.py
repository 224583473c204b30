"""The seam between what is computed and what carries it.

A job turns records of a partition into a `Batch` of values. An engine reads the records, delivers a batch's puts,
messages and offset as one, and only then has the job merge it. Whoever can do that can carry every job.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from stream.wire.records import ConsumerRecord, ProducerRecord
from stream.wire.state_records import Put
from stream.wire.topics import Topic


@dataclass(frozen=True, slots=True)
class Batch:
    """What some records of one partition lead to. `next_offset` None: nothing to deliver or commit yet."""

    partition: int
    n_records: int
    puts: list[Put]
    messages: list[ProducerRecord]
    next_offset: int | None
    oldest_ms: int | None  # when the broker got the first of the records
    result: Any  # what the job needs to merge; an engine does not look inside


class StateReader(Protocol):
    """Takes in a partition's changelog, oldest first."""

    def add(self, key: bytes, value: bytes | None) -> None:
        """Take in one record."""
        ...


class Job(Protocol):
    """What an engine carries. Only `merge`, `adopt`, `rewind` and `forget` change what the job remembers."""

    role: str
    input_topic: str
    changelog: Topic

    def prepare(self) -> bool:
        """Called before each turn: take in what else the job reads. False: not ready for records yet."""
        ...

    def state_reader(self) -> StateReader:
        """A fresh reader for one partition's changelog."""
        ...

    def restore(self, partition: int, reader: StateReader) -> int | None:
        """Own a partition, in the state that the reader has taken in. Returns the offset where that state ends, if it
        tells: the engine goes on there should the group have forgotten its own."""
        ...

    def process(self, partition: int, raws: list[ConsumerRecord], until_ms: int) -> Batch:
        """Compute; `until_ms` lets time pass when no record waits (0: it does not)."""
        ...

    def merge(self, batch: Batch) -> None:
        """The batch is delivered: make it true."""
        ...

    def discard(self, partition: int) -> None:
        """A batch was not delivered; records come again from the last committed offset."""
        ...

    def revoke(self, partition: int) -> None:
        """The partition belongs to somebody else now."""
        ...

    def next_due_ms(self, partition: int) -> int | None:
        """When the partition's next timer is due, in the time of `until_ms`; None if time may not pass by itself."""
        ...
