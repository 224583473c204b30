"""A recorder of steps, and comparisons of the partitions that they leave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from stream.core.encoder import Encoder
from stream.core.event import Record
from stream.core.labels import NO_LABELS, LabelHeads
from stream.core.outcome import Step
from stream.core.output import Change, Output
from stream.core.policy import Policy
from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving, ServingVersions
from stream.core.state import PartitionState, Timer, UserState, expiry_ms
from stream.core.step import step
from stream.core.transition import required
from tests.core.builders import (
    ENCODER,
    MODEL,
    START_MS,
)


@dataclass
class StepRecorder:
    """A recorder of steps, with all outputs and the partition they left."""

    partition: PartitionState = field(default_factory=PartitionState)
    labels: LabelHeads = NO_LABELS
    encoder: Encoder = ENCODER
    outputs: list[Output] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def step(
        self, records: Sequence[Record], policy: Policy, model: Serving | SegmentModel | None = MODEL, until_ms: int = 0
    ) -> list[Output]:
        """One step, merged; `until_ms` is after START_MS."""
        until_ms = START_MS + until_ms if until_ms else 0
        serving = Serving(model) if isinstance(model, SegmentModel) else model
        done = step(list(records), self.partition, serving, self.encoder, policy, until_ms, self.labels)
        self.steps.append(done)
        done.merge_into(self.partition)
        self.outputs += done.outputs
        return done.outputs

    def changes(self) -> list[Change]:
        """The changes among the outputs."""
        return [output for output in self.outputs if isinstance(output, Change)]


def run_steps(
    records: Sequence[Record],
    policy: Policy,
    cuts: Iterable[int] = (),
    model: Serving | SegmentModel | None = MODEL,
    labels: LabelHeads = NO_LABELS,
) -> StepRecorder:
    """The records in batches, a new one beginning at each index of `cuts`."""
    recorder, begin = StepRecorder(labels=labels), 0
    for end in [*sorted(cut for cut in cuts if 0 < cut < len(records)), len(records)]:
        recorder.step(records[begin:end], policy, model)
        begin = end
    return recorder


def user_snapshots(partition: PartitionState) -> dict[str, Any]:
    """Return the whole state of each user, to the last bit, without timers."""
    return {name: _snapshot(user) for name, user in partition.users.items()}


def _snapshot(user: UserState) -> tuple[Any, ...]:
    window, n = user.window, len(user.window)
    columns = window.columns[:n].tobytes().hex()
    counted = (user.n_events, user.sampled_ms, user.offset, user.traceparent)
    head = (user.membership, dict(user.traits), dict(user.labels), *counted)
    return window.items, columns, window.slots, *(repr(part) for part in head)


def partition_position(partition: PartitionState) -> tuple[int, int, ServingVersions]:
    """Time, offset and serving model of a partition."""
    return partition.now_ms, partition.offset, partition.serving


def expected_timers(partition: PartitionState, policy: Policy) -> list[Timer]:
    """Return one timer for each user with an item and one for each candidate."""
    timers = []
    for name, user in partition.users.items():
        if len(user.window):
            timers.append(Timer(expiry_ms(user.window, policy), name, dwell=False))
        membership = user.membership
        if membership.candidate is not None:
            need = required(policy, membership.segment, membership.candidate)
            timers.append(Timer(membership.candidate_since_ms + need.dwell_ms, name, dwell=True))
    return sorted(timers)
