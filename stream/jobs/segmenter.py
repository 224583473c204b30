"""The main job: user events in, segment changes out. Decodes, steps and encodes; `stream/core` decides."""

from __future__ import annotations

from stream.core.encoder import Encoder
from stream.core.labels import NO_LABELS, LabelHeads
from stream.core.outcome import Step
from stream.core.partition import PartitionState
from stream.core.policy import Clock, Policy
from stream.core.records import Records
from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving
from stream.core.step import step
from stream.jobs.arrival import AS_RECEIVED, Arrivals
from stream.jobs.model_source import ModelSource
from stream.jobs.received import Received, receive
from stream.jobs.step_outputs import messages, misplaced, summary_of
from stream.runtime.job import Batch, n_bytes
from stream.wire.backfill_records import check_finished
from stream.wire.event_decoder import EventDecoder
from stream.wire.placement import Placement
from stream.wire.records import ConsumerRecord
from stream.wire.state_rebuilder import StateRebuilder
from stream.wire.state_records import StateFormatError, puts
from stream.wire.topics import USER_EVENTS, changelog


class Segmenter:
    """A job with the user states of assigned partitions. `traced`: changes continue the trace contexts of events."""

    role = "segment"
    input_topic = USER_EVENTS

    def __init__(
        self,
        group: str,
        encoder: Encoder,
        policy: Policy,
        decoder: EventDecoder,
        models: ModelSource,
        placement: Placement,
        labels: LabelHeads = NO_LABELS,
        arrivals: Arrivals = AS_RECEIVED,
        traced: bool = False,
    ) -> None:
        self.changelog = changelog(group)
        self.encoder, self.policy, self.decoder, self.models = encoder, policy, decoder, models
        self.placement, self.labels, self.arrivals, self.traced = placement, labels, arrivals, traced
        self.partitions: dict[int, PartitionState] = {}
        self._staged: dict[int, Step] = {}  # of partitions whose delivery is under way
        self.serving: Serving | None = None

    @property
    def segment_model(self) -> SegmentModel | None:
        """The serving model."""
        return self.serving.model if self.serving else None

    def prepare(self) -> bool:
        """Take the serving model, the same for the whole batch; return False while the source is behind."""
        self.serving = self.models.newest()
        return self.models.is_caught_up()

    def state_reader(self) -> StateRebuilder:
        """Return a fresh reader of one partition's changelog."""
        return StateRebuilder(self.encoder, self.policy, self.traced)

    def restore(self, partition: int, reader: StateRebuilder) -> int | None:
        """Take over a restored partition; return the next offset, None for an empty changelog.

        Raise UnfinishedBackfillError for a state of half a past, and StateFormatError for a record that cannot be read.
        Raise MisplacedStateError if a user with a state here belongs to another partition.
        """
        check_finished(reader.backfill)
        reader.check_placement(partition, self.placement)
        try:
            state = self.partitions[partition] = reader.finish()
        except StateFormatError as error:
            raise StateFormatError(f"partition {partition} of {self.changelog.name}: {error}") from error
        self.arrivals.set_right(partition, state)
        return state.offset + 1 if state.offset >= 0 else None

    def seek(self, partition: int, offset: int) -> None:
        """Continue at `offset`; users keep their state."""
        self.partitions[partition].offset = offset - 1

    def process(self, partition: int, records: list[ConsumerRecord], until_ms: int) -> Batch[Step]:
        """Return the outcome of a partition's records; no state changes."""
        state = self.partitions[partition]
        received = receive(records, self.decoder, self.arrivals, self.placement, state.known, self.traced)
        done = step(received.records, state, self.serving, self.encoder, self.policy, until_ms, self.labels)
        return self._batch(partition, done, received)

    def decide_pending(self, partition: int) -> Batch[Step]:
        """Return the outcome of an evaluation of all users with items and without a result; no state changes."""
        state = self.partitions[partition]
        nothing = Records.of([])
        done = step(nothing, state, self.serving, self.encoder, self.policy, 0, self.labels, state.pending())
        return self._batch(partition, done, Received((), nothing, 0))

    def _batch(self, partition: int, done: Step, received: Received) -> Batch[Step]:
        changed = list(puts(done, self.placement.n_partitions))
        forwarded = [self.placement.forward(raw, home) for raw, home in misplaced(received)]
        return Batch(
            partition=partition,
            puts=changed,
            messages=[*messages(done.outputs, received.raws), *forwarded],
            next_offset=done.offset + 1,
            result=done,
            summary=summary_of(done, received, n_bytes(changed)),
        )

    def stage(self, batch: Batch[Step]) -> None:
        """Apply a step to the partition's state, so that it can be taken back."""
        batch.result.stage()
        self._staged[batch.partition] = batch.result

    def merge(self, batch: Batch[Step]) -> None:
        """Merge a delivered step into the partition's state; a staged one is there already."""
        staged = self._staged.pop(batch.partition, None)
        if staged is None:
            batch.result.stage()
        batch.result.commit()

    def discard(self, partition: int) -> None:
        """Take back a staged step. Without one the state stays: `process` changed none."""
        staged = self._staged.pop(partition, None)
        if staged is not None:
            staged.roll_back()

    def revoke(self, partition: int) -> None:
        """Drop a partition's state."""
        self.partitions.pop(partition, None)
        self._staged.pop(partition, None)

    def next_due_ms(self, partition: int) -> int | None:
        """Return when the next window or dwell ends, under the wall clock; None under the event clock."""
        return self.partitions[partition].next_due_ms() if self.policy.clock == Clock.WALL else None
