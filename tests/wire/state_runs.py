"""Runs of the compiled core with their changelog: what is written, what compaction leaves, what a restart finds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from stream.core.event import Record
from stream.core.labels import NO_LABELS, LabelHeads
from stream.core.outcome import Step
from stream.core.output import Output
from stream.core.partition import PartitionState
from stream.core.policy import Policy
from stream.core.records import Records
from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving
from stream.core.step import step
from stream.wire.state_rebuilder import StateRebuilder
from stream.wire.state_records import Put, puts
from tests.core.builders import ENCODER, MODEL, START_MS
from tests.fakes import HashEncoder

Log = dict[bytes, bytes]


@dataclass
class StateRun:
    """A partition that takes steps, with the records that they write."""

    policy: Policy
    encoder: HashEncoder = ENCODER
    labels: LabelHeads = NO_LABELS
    partition: PartitionState = field(init=False)
    outputs: list[Output] = field(default_factory=list)
    written: list[list[Put]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.partition = PartitionState(self.policy, self.encoder.dimension, self.encoder.version)

    def step(self, records: Sequence[Record], model: SegmentModel | None = MODEL, until_ms: int = 0) -> list[Put]:
        """Take a step and merge it; return the records that it writes."""
        done = self.take(records, model, until_ms)
        self.written.append(list(puts(done, 1)))
        done.merge_into(self.partition)
        self.outputs += done.outputs
        return self.written[-1]

    def take(self, records: Sequence[Record], model: SegmentModel | None = MODEL, until_ms: int = 0) -> Step:
        """A step that is not merged."""
        serving = Serving(model) if model else None
        until = START_MS + until_ms if until_ms else 0
        return step(Records.of(records), self.partition, serving, self.encoder, self.policy, until, self.labels)

    def log(self, before: Log | None = None) -> Log:
        """What log compaction leaves of `before` and the records written."""
        return compacted((put for written in self.written for put in written), before)

    def snapshots(self) -> dict[str, Any]:
        """The whole state of each user, to the last bit."""
        return snapshots(self.partition)


def run_of(records: Sequence[Record], policy: Policy, cuts: Iterable[int] = (), **options: Any) -> StateRun:
    """The records in batches, a new one beginning at each index of `cuts`."""
    model, begin = options.pop("model", MODEL), 0
    run = StateRun(policy, **options)
    for end in [*sorted(cut for cut in cuts if 0 < cut < len(records)), len(records)]:
        run.step(records[begin:end], model)
        begin = end
    return run


def compacted(written: Iterable[tuple[bytes, bytes | None]], before: Log | None = None) -> Log:
    """What log compaction leaves, in the order of the log."""
    log = dict(before or {})
    for key, value in written:
        log.pop(key, None)
        if value is not None:
            log[key] = value
    return log


def restored(
    log: Iterable[tuple[bytes, bytes | None]], policy: Policy, encoder: HashEncoder = ENCODER
) -> PartitionState:
    """The partition that a restart finds."""
    rebuilder = StateRebuilder(encoder, policy)
    for key, value in log:
        rebuilder.add(key, value)
    return rebuilder.finish()


def resumed(run: StateRun, before: Log | None = None, encoder: HashEncoder | None = None) -> StateRun:
    """A run that goes on from the log of another one; another encoder has no label heads."""
    again = StateRun(run.policy, encoder, NO_LABELS) if encoder else StateRun(run.policy, run.encoder, run.labels)
    again.partition = restored(run.log(before).items(), run.policy, again.encoder)
    return again


def snapshots(partition: PartitionState) -> dict[str, Any]:
    """The whole state of each user, to the last bit."""
    return {name: repr(user) for name, user in sorted(partition.users())}
