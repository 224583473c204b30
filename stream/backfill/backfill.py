"""The run of a backfill: turns over the past, each delivered with its progress, then the hand-over to live workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from threading import Event

from msgspec.structs import replace

from stream.backfill.delivery import Delivery, GroupOffsets
from stream.backfill.source import Source
from stream.core.sentence.visible_text import visible_bytes
from stream.replay import Replay, Turn, chunks
from stream.runtime.options import EngineOptions
from stream.wire.backfill_records import BACKFILL_KEY, BackfillRecord, RefusedEvents, encode_backfill, waiting_key
from stream.wire.placement import partition_of
from stream.wire.records import ConsumerRecord, ProducerRecord
from stream.wire.samples import sample_message
from stream.wire.state_records import Put
from stream.wire.topics import (
    DEAD_LETTERS,
    PROFILE_SAMPLE,
    SEGMENT_CHANGES,
    USER_EVENTS,
    USER_PROFILES,
    USER_SEGMENTS,
)
from stream.wire.trainer_records import STATE_KEY
from stream.wire.trainer_state import dump_state

Deliver = Callable[[Delivery], None]
_EXAMPLE_BYTES = 80
_TABLES = {USER_PROFILES, USER_SEGMENTS}
_KEPT_HERE = {DEAD_LETTERS, PROFILE_SAMPLE}  # they stay in the process


class Backfill:
    """A past on its way into a deployment; `record` has the progress after the last delivery.

    The last event of each partition has the offset before the first live one, whatever those of the source are.
    """

    def __init__(
        self, replay: Replay, source: Source, record: BackfillRecord, deliver: Deliver, with_changes: bool
    ) -> None:
        self.record = record
        self._replay, self._source, self._deliver = replay, source, deliver
        self._topics_left_out = _KEPT_HERE if with_changes else _KEPT_HERE | {SEGMENT_CHANGES}

    def begin(self, by_partition: Sequence[int]) -> None:
        """Write the beginning into every partition; `by_partition` counts the records of the past."""
        states: dict[int, list[Put]] = {}
        for partition, state in self._replay.states.items():
            state.offset = self.record.live_from[partition] - by_partition[partition] - 1
            puts = self._replay.segmenter.process(partition, [], 0).puts
            states[partition] = [*puts, Put(BACKFILL_KEY, encode_backfill(self.record))]
        self._deliver(Delivery(states))

    def run(self, by_partition: Sequence[int], stop: Event, advance: Callable[[int], None]) -> bool:
        """Process what is left of the past; return False if stopped after a delivery."""
        n_read = 0
        for chunk in chunks(self._numbered(by_partition)):
            n_read += len(chunk)
            if n_read <= self.record.n_done:
                continue
            if stop.is_set():
                return False
            self._turn(self._replay.compute(chunk), len(chunk))
            advance(len(chunk))
        return True

    def hand_over(self, options: EngineOptions, samples_end: int) -> None:
        """Decide the users without a result, and let workers go on where the past ends.

        Samples that wait go to the end of `profile-sample`, at `samples_end`.
        """
        if self._replay.serving is None:
            self._turn(self._replay.warm_up_early(), 0)
        if self._replay.serving is not None:
            self._turn(self._replay.decide_pending(), 0)
        finished = replace(self.record, is_finished=True)
        puts, samples = self._trainer_end(samples_end)
        live_from = GroupOffsets(options.group_of("segment"), USER_EVENTS, dict(enumerate(finished.live_from)))
        train_from = GroupOffsets(options.group_of("train"), PROFILE_SAMPLE, {0: samples_end})
        states = {p: [Put(BACKFILL_KEY, encode_backfill(finished))] for p in self._replay.states}
        self._deliver(Delivery(states, puts, samples, [live_from, train_from]))
        self.record = finished

    def _numbered(self, by_partition: Sequence[int]) -> Iterator[ConsumerRecord]:
        offsets = [live - n for live, n in zip(self.record.live_from, by_partition, strict=True)]
        for record in self._source.read():
            partition = partition_of(record.key, len(offsets))
            yield record._replace(topic=USER_EVENTS, partition=partition, offset=offsets[partition])
            offsets[partition] += 1

    def _turn(self, turn: Turn, n_events: int) -> None:
        """Deliver a turn with its progress, then merge it."""
        trained = turn.trained
        record = replace(
            counted(self.record, turn),
            n_done=self.record.n_done + n_events,
            n_samples=self._replay.n_samples + (trained.summary.n_records if trained else 0),
        )
        states = {batch.partition: batch.puts for batch in turn.segmented}
        states[0] = [*states.get(0, []), Put(BACKFILL_KEY, encode_backfill(record))]
        trainer = [*trained.puts, *self._waiting_puts(turn)] if trained else []
        self._deliver(Delivery(states, trainer, list(self._published(turn))))
        self._replay.merge(turn)
        self.record = record

    def _published(self, turn: Turn) -> Iterator[ProducerRecord]:
        """Yield the messages for consumers: of the memberships and the profiles of a user only the last."""
        newest = {(each.topic, each.key): each for each in turn.messages if each.topic in _TABLES}
        for message in turn.messages:
            if message.topic in _TABLES and message is not newest[message.topic, message.key]:
                continue
            if message.topic not in self._topics_left_out:
                yield message

    def _waiting_puts(self, turn: Turn) -> Iterator[Put]:
        """Yield the samples that begin or end to wait for a training step."""
        if self._replay.trainer is None or turn.trained is None:
            return
        before, after = dict(self._replay.trainer.buffer(0).waiting), dict(turn.trained.result.waiting)
        for number, sample in after.items():
            if number not in before:
                yield Put(waiting_key(number), sample_message(sample).value)
        yield from (Put(waiting_key(number), None) for number in before if number not in after)

    def _trainer_end(self, samples_end: int) -> tuple[list[Put], list[ProducerRecord]]:
        """Return the trainer's last puts, and the samples that wait, as records of `profile-sample`."""
        if self._replay.trainer is None:
            return [], []
        buffer = self._replay.trainer.buffer(0)
        puts = [Put(waiting_key(number), None) for number, _ in buffer.waiting]
        if buffer.state is not None:
            puts.append(Put(STATE_KEY, dump_state(buffer.state, samples_end)))
        return puts, [sample_message(sample) for _, sample in buffer.waiting]


def counted(record: BackfillRecord, turn: Turn) -> BackfillRecord:
    """Return the record with the outcomes of a turn, and an example of each reason for a refusal."""
    outcomes, refused = Counter(record.outcomes), dict(record.refused)
    for batch in turn.segmented:
        outcomes.update(batch.summary.outcomes)
        for message in batch.messages:
            if message.topic == DEAD_LETTERS:
                headers = dict(message.headers)
                reason = headers["segue.error.reason"].decode()
                known = refused.get(reason) or RefusedEvents(0, _example(headers, message.value))
                refused[reason] = replace(known, n=known.n + 1)
    return replace(record, outcomes=dict(outcomes), refused=refused)


def _example(headers: dict[str, bytes], value: bytes | None) -> str:
    """Return what is wrong with a refused event, and its beginning, as one printable line."""
    return f"{visible_bytes(headers['segue.error.detail'])}: {visible_bytes((value or b'')[:_EXAMPLE_BYTES])}"
