"""The seam between a job, which computes, and an engine, which reads and delivers.

A job turns records of a partition into a `Batch` of values. An engine reads the records, delivers the batch's puts,
messages and offset, and only then lets the job merge the batch. It may let the job stage the batch meanwhile, and
compute the next one on top. Any engine can run any job.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, Protocol, TypeVar

from stream.wire.records import ConsumerRecord, ProducerRecord
from stream.wire.state_records import Put
from stream.wire.topics import Topic

Result = TypeVar("Result")


class UnavailableError(Exception):
    """A service that a job needs does not answer. The same records come again, and nothing was decided."""


class Example(NamedTuple):
    """A record that stands for others: where it is, and the detail of its rejection."""

    topic: str
    partition: int
    offset: int
    detail: str = ""


class TracedChange(NamedTuple):
    """A change within a trace: the contexts of its event and of its own span, and its values for the span."""

    parent: str
    traceparent: str
    change_id: str
    sequence: int
    rule: str
    from_segment: str
    to_segment: str
    segment_model: int


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """Counts of one batch, for observers. `oldest_ms` is the broker's time of the first record; None without one."""

    n_records: int
    oldest_ms: int | None
    n_changelog_bytes: int
    outcomes: Mapping[str, int] = field(default_factory=dict)  # records by outcome
    rejections: Mapping[str, int] = field(default_factory=dict)  # dead letters by reason
    changes: Mapping[str, int] = field(default_factory=dict)  # segment changes by rule
    newest_late_ms: int = 0  # time of the newest late event; 0 without one
    n_wrong_times: int = 0  # records that arrived at another time than their timestamp
    first_forwarded: tuple[int, int] | None = None  # partition and offset of a record that was in the wrong one
    ignored: Mapping[str, int] = field(default_factory=dict)  # fields that were not understood, by path
    examples: Mapping[str, Example] = field(default_factory=dict)  # the first record by reason, and by path
    traced: Sequence[TracedChange] = ()  # changes within a trace


@dataclass(frozen=True, slots=True)
class Batch(Generic[Result]):
    """An outcome of some records of one partition. A `next_offset` of None: nothing to deliver or commit yet."""

    partition: int
    puts: list[Put]
    messages: list[ProducerRecord]
    next_offset: int | None
    result: Result  # for the job's `merge`; an engine does not read it
    summary: BatchSummary


class StateReader(Protocol):
    """A reader of one partition's changelog, oldest record first."""

    def add(self, key: bytes, value: bytes | None) -> None:
        """Take in one record."""
        ...


Reader = TypeVar("Reader", bound=StateReader)


class Job(Protocol[Reader, Result]):
    """A job that an engine runs. Only `stage`, `merge`, `restore`, `seek`, `discard` and `revoke` change its state.

    `Reader` reads its changelog, and `Result` is what a batch carries from `process` to `merge`.
    """

    role: str
    input_topic: str
    changelog: Topic

    def prepare(self) -> bool:
        """Read the job's other inputs, before each turn. Return False while it is not ready for records."""
        ...

    def state_reader(self) -> Reader:
        """Return a new reader for the changelog of one partition."""
        ...

    def restore(self, partition: int, reader: Reader) -> int | None:
        """Begin to own a partition, with the state that `reader` has read.

        Return the offset after the last record in that state, or None. The engine continues there if the group has no
        committed offset, and the log is still the one in which the state counts.
        """
        ...

    def seek(self, partition: int, offset: int) -> None:
        """Continue at another offset than the state's: the log was cut or is another one. Drop records that wait."""
        ...

    def process(self, partition: int, records: list[ConsumerRecord], until_ms: int) -> Batch[Result]:
        """Compute a batch. `until_ms` advances the job's time when no record waits; 0 does not.

        Raises UnavailableError while a service that the records need does not answer.
        """
        ...

    def stage(self, batch: Batch[Result]) -> None:
        """Apply a batch while it is being delivered; `discard` takes it back. One batch of a partition at a time."""
        ...

    def merge(self, batch: Batch[Result]) -> None:
        """Apply a delivered batch to the state for good, staged or not."""
        ...

    def discard(self, partition: int) -> None:
        """Drop what was not delivered, staged or not. Its records come again from the last committed offset."""
        ...

    def revoke(self, partition: int) -> None:
        """Drop the state of a partition that another worker owns now."""
        ...

    def next_due_ms(self, partition: int) -> int | None:
        """Return the time of the partition's next timer, on the clock of `until_ms`; None without one."""
        ...


def n_bytes(puts: Sequence[Put]) -> int:
    """Return the size of all keys and values."""
    return sum(len(put.key) + len(put.value or b"") for put in puts)
