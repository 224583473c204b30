"""A recorder of steps by one of the cores, and comparisons of the partitions that they leave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from stream.core.encoder import Encoder
from stream.core.event import Record
from stream.core.labels import NO_LABELS, LabelHeads
from stream.core.output import Change
from stream.core.policy import Policy
from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving, ServingVersions
from stream.core.state import UserState
from tests.core.builders import ENCODER, MODEL, START_MS
from tests.core.cores import PRODUCTION, Core, CoreType, Partition, Taken, restarted
from tests.specification.output import Output


@dataclass
class StepRecorder:
    """A recorder of steps, with all outputs and the core that made them.

    Other settings, labels or another encoder than at the step before are those of a worker that restores the partition.
    """

    core: CoreType = PRODUCTION
    labels: LabelHeads = NO_LABELS
    encoder: Encoder = ENCODER
    outputs: list[Output] = field(default_factory=list)
    steps: list[Taken] = field(default_factory=list)
    running: Core | None = None

    def step(
        self,
        records: Sequence[Record],
        policy: Policy,
        model: Serving | SegmentModel | None = MODEL,
        until_ms: int = 0,
        evaluated: Iterable[str] = (),
    ) -> list[Output]:
        """One step, merged; `until_ms` is after START_MS."""
        done = self.take(records, policy, model, until_ms, evaluated)
        self.steps.append(done)
        self._running().merge(done)
        self.outputs += done.outputs
        return done.outputs

    def take(
        self,
        records: Sequence[Record],
        policy: Policy,
        model: Serving | SegmentModel | None = MODEL,
        until_ms: int = 0,
        evaluated: Iterable[str] = (),
    ) -> Taken:
        """Return a step that is not merged."""
        if self.running is None:
            self.running = self.core(policy, self.encoder, self.labels)
        elif not self._goes_on(self.running, policy):
            self.running = restarted(self.running, policy, self.encoder, self.labels)
        serving = Serving(model) if isinstance(model, SegmentModel) else model
        return self.running.take(records, serving, START_MS + until_ms if until_ms else 0, evaluated)

    def changes(self) -> list[Change]:
        """The changes among the outputs."""
        return [output for output in self.outputs if isinstance(output, Change)]

    @property
    def partition(self) -> Partition:
        """The partition as the last step left it."""
        return self._running().partition

    @property
    def now_ms(self) -> int:
        """Time of the partition; 0 before the first step."""
        return self.running.partition.now_ms if self.running else 0

    @property
    def position(self) -> tuple[int, int, ServingVersions]:
        """Time, offset and serving model of the partition."""
        return self.partition.now_ms, self.partition.offset, self.partition.serving

    def users(self) -> dict[str, UserState]:
        """The state of every user, by name in order."""
        return self.running.users() if self.running else {}

    def user(self, name: str) -> UserState:
        """The state of one user."""
        return self.users()[name]

    def snapshots(self) -> dict[str, Any]:
        """The whole state of each user, to the last bit."""
        return {name: repr(user) for name, user in self.users().items()}

    def _goes_on(self, core: Core, policy: Policy) -> bool:
        return core.policy == policy and core.encoder is self.encoder and core.labels is self.labels

    def _running(self) -> Core:
        assert self.running is not None, "no step yet"
        return self.running


def run_steps(
    records: Sequence[Record],
    policy: Policy,
    cuts: Iterable[int] = (),
    model: Serving | SegmentModel | None = MODEL,
    labels: LabelHeads = NO_LABELS,
    core: CoreType = PRODUCTION,
) -> StepRecorder:
    """The records in batches, a new one beginning at each index of `cuts`."""
    recorder, begin = StepRecorder(core, labels), 0
    for end in [*sorted(cut for cut in cuts if 0 < cut < len(records)), len(records)]:
        recorder.step(records[begin:end], policy, model)
        begin = end
    return recorder
