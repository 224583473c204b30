"""The main job: user events in, segment changes out. Decodes, steps and encodes; `stream/core` decides."""

from __future__ import annotations

from stream.core.encoder import Encoder
from stream.core.event import Content, Declaration, Erasure, Event, Record
from stream.core.labels import NO_LABELS, LabelHeads
from stream.core.outcome import Former, Step
from stream.core.policy import Clock, Policy
from stream.core.reserved import PENDING
from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving
from stream.core.state import PartitionState
from stream.core.step import step
from stream.jobs.arrival import AS_RECEIVED, Arrivals
from stream.jobs.model_source import ModelSource
from stream.jobs.step_outputs import Decoded, messages, misplaced, summary_of
from stream.runtime.job import Batch, n_bytes
from stream.wire.backfill_records import check_finished
from stream.wire.event_decoder import EventDecoder
from stream.wire.placement import Placement
from stream.wire.records import ConsumerRecord
from stream.wire.state_rebuilder import StateRebuilder
from stream.wire.state_records import puts
from stream.wire.topics import USER_EVENTS, changelog
from stream.wire.trace_context import read_traceparent


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
        self._former: dict[int, Former] = {}  # of partitions with a staged step
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
        return StateRebuilder(self.encoder, self.policy)

    def restore(self, partition: int, reader: StateRebuilder) -> int | None:
        """Take over a restored partition; return the next offset, None for an empty changelog.

        Raise UnfinishedBackfillError for a state of half a past, and MisplacedStateError if a user with a state here
        belongs to another partition.
        """
        check_finished(reader.backfill)
        reader.check_placement(partition, self.placement)
        state = self.partitions[partition] = reader.finish()
        self.arrivals.set_right(partition, state)
        if not self.traced:
            state.end_traces()
        return state.offset + 1 if state.offset >= 0 else None

    def seek(self, partition: int, offset: int) -> None:
        """Continue at `offset`; users keep their state."""
        self.partitions[partition].offset = offset - 1

    def process(self, partition: int, records: list[ConsumerRecord], until_ms: int) -> Batch[Step]:
        """Return the outcome of a partition's records; no state changes."""
        state = self.partitions[partition]
        decoded = [self._decoded(each, state) for each in records]
        done = step(decoded, state, self.serving, self.encoder, self.policy, until_ms, self.labels)
        return self._batch(partition, done, list(zip(records, decoded, strict=True)))

    def decide_pending(self, partition: int) -> Batch[Step]:
        """Return the outcome of an evaluation of all users with items and without a result; no state changes."""
        state = self.partitions[partition]
        pending = {user for user, each in state.users.items() if each.membership.segment == PENDING and each.window}
        evaluated = sorted(pending - state.needs_reencoding)
        done = step([], state, self.serving, self.encoder, self.policy, 0, self.labels, evaluated)
        return self._batch(partition, done, [])

    def _batch(self, partition: int, done: Step, records: list[Decoded]) -> Batch[Step]:
        changed = list(puts(done, self.encoder.version, self.placement.n_partitions))
        raws = [raw for raw, _ in records]
        forwarded = [self.placement.forward(raw, home) for raw, home in misplaced(records)]
        return Batch(
            partition=partition,
            puts=changed,
            messages=[*messages(done.outputs, raws), *forwarded],
            next_offset=done.offset + 1,
            result=done,
            summary=summary_of(done, records, n_bytes(changed)),
        )

    def _decoded(self, record: ConsumerRecord, state: PartitionState) -> Record:
        traceparent = read_traceparent(record.headers) if self.traced else ""
        return Record(record.offset, self.arrivals.arrival_ms(record), self._content(record, state), traceparent)

    def _content(self, record: ConsumerRecord, state: PartitionState) -> Content:
        """Return the decoded content. Only users without a state here can be in the wrong partition."""
        content = self.decoder.decode(record)
        if isinstance(content, Event | Declaration | Erasure) and content.user not in state.users:
            return self.placement.place(content, record)
        return content

    def stage(self, batch: Batch[Step]) -> None:
        """Apply a step to the partition's state, and keep what takes it back."""
        self._former[batch.partition] = batch.result.stage_into(self.partitions[batch.partition])

    def merge(self, batch: Batch[Step]) -> None:
        """Merge a delivered step into the partition's state; a staged one is there already."""
        if self._former.pop(batch.partition, None) is None:
            batch.result.merge_into(self.partitions[batch.partition])

    def discard(self, partition: int) -> None:
        """Take back a staged step. Without one the state stays: `process` changed none."""
        former = self._former.pop(partition, None)
        if former is not None:
            former.put_back(self.partitions[partition])

    def revoke(self, partition: int) -> None:
        """Drop a partition's state."""
        self.partitions.pop(partition, None)
        self._former.pop(partition, None)

    def next_due_ms(self, partition: int) -> int | None:
        """Return when the next window or dwell ends, under the wall clock; None under the event clock."""
        return self.partitions[partition].next_due_ms() if self.policy.clock == Clock.WALL else None
