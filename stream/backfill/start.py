"""The start of a backfill: from the beginning, or where an earlier run of the same one has ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from time import time

from stream.backfill.backfill import Backfill
from stream.backfill.changelogs import TrainerPastReader, read_changelog, read_models, restore
from stream.backfill.delivery import TransactionalDelivery
from stream.backfill.past import Past, Scan, check_reaches_now
from stream.backfill.past_decoder import PastDecoder
from stream.backfill.preconditions import begun, check_no_worker
from stream.backfill.source import BackfillError, FileSource, Source, is_file
from stream.backfill.topic_source import TopicSource, check_kept, topic_bounds
from stream.core.policy import Clock
from stream.files.event_file import Tell
from stream.files.layout import Layout
from stream.kafka.connection import Connection
from stream.kafka.partition_reader import PartitionReader
from stream.replay import Replay
from stream.runtime.options import EngineOptions
from stream.wire.backfill_records import FORMAT, BackfillRecord
from stream.wire.state_rebuilder import StateRebuilder
from stream.wire.topics import PROFILE_SAMPLE, USER_EVENTS

_SAME_AGE_MS = 60_000  # the verb reads the clock a little before the record gets its time


@dataclass(frozen=True, slots=True)
class Request:
    """A past as an operator asks for it. `live_clock` is that of the workers, `settings` all that decides."""

    name: str
    layout: Layout
    tell: Tell
    since_ms: int
    shift_to_now: bool
    with_changes: bool
    live_clock: Clock
    settings: Sequence[object]


class Starter:
    """A backfill before its run: the deployment and the past, with what is known of both.

    `states` are the partitions as the changelog has them, after an earlier run was fenced.
    """

    def __init__(self, connection: Connection, options: EngineOptions, replay: Replay, request: Request) -> None:
        self._connection, self._options, self._replay, self._request = connection, options, replay, request
        check_no_worker(connection, options)
        self._delivery = TransactionalDelivery(connection, options)
        self._delivery.start()
        new_reader = replay.segmenter.state_reader
        self._states = read_changelog(connection, replay.segmenter.changelog.name, replay.n_partitions, new_reader)
        earlier = _earlier(self._states)
        self._now_ms = earlier.now_ms if earlier else int(time() * 1000)
        self._since_ms = same_since_ms(request.since_ms, int(time() * 1000), earlier)
        self._decoder = replay.segmenter.decoder
        self._source = self._open(earlier)

    def scan(self, advance: Callable[[int], None]) -> Past:
        """Return the figures of the past. Raises BackfillError for an empty one."""
        latest_ms = self._now_ms + self._replay.segmenter.policy.max_ahead_ms
        past = Scan(self._decoder, self._replay.n_partitions, self._since_ms, latest_ms).run(
            self._source.read(), advance
        )
        if not past.n_events:
            raise BackfillError(
                f"{self._source.name} has no event with a time from {'--since' if past.n_before else '2000'} to now, "
                f"among {past.n_records:,} records: `segue replay` of a file shows what is wrong with them"
            )
        return past

    def start(self, past: Past) -> Backfill:
        """Return the backfill, restored if an earlier run has begun it. Nothing is written before all is checked."""
        record = begun(self._states.values(), self._wanted(past, 0, ()))
        known = record or self._fresh(past)
        self._replay.segmenter.decoder = PastDecoder(
            self._decoder,
            self._since_ms,
            self._now_ms,
            self._replay.segmenter.policy.max_ahead_ms,
            known.shift_ms,
        )
        backfill = Backfill(self._replay, self._source, known, self._delivery.deliver, self._request.with_changes)
        if record is None:
            backfill.begin(past.by_partition)
            check_no_worker(self._connection, self._options)  # one that starts from now on finds the beginning
        elif not record.is_finished:
            self._restore(record)
        return backfill

    def hand_over(self, backfill: Backfill) -> None:
        """End the backfill, so that workers can start."""
        with closing(PartitionReader(self._connection)) as reader:
            _, samples_end = reader.bounds(PROFILE_SAMPLE, 0)
        backfill.hand_over(self._options, samples_end)

    def _open(self, earlier: BackfillRecord | None) -> Source:
        name = self._request.name
        if is_file(name):
            return FileSource(name, self._request.layout, self._request.tell)
        with closing(PartitionReader(self._connection)) as reader:
            n_partitions = reader.n_partitions(name)
        if not n_partitions:
            topic = self._connection.namespace.qualify(name)
            raise BackfillError(
                f"expected a file, or a topic with events: there is no file {name!r} and no topic {topic}"
            )
        bounds = topic_bounds(self._connection, name, n_partitions)
        if earlier is not None and earlier.source == name and len(earlier.bounds) == n_partitions:
            if not earlier.is_finished:
                check_kept(name, earlier.bounds, bounds)
            bounds = earlier.bounds
        return TopicSource(self._connection, name, self._decoder, bounds)

    def _fresh(self, past: Past) -> BackfillRecord:
        """Return the record of a backfill that begins now."""
        if self._request.shift_to_now:
            shift_ms = max(0, self._now_ms - past.newest_ms)
        elif self._request.live_clock is Clock.WALL:
            check_reaches_now(past, self._now_ms, self._replay.segmenter.policy.window_ms)
            shift_ms = 0
        else:
            shift_ms = 0
        return self._wanted(past, shift_ms, self._live_from(past.newest_ms + shift_ms))

    def _live_from(self, newest_ms: int) -> tuple[int, ...]:
        """Return the offsets where workers begin: where the topic's past ends, or after the time of the file's."""
        if self._source.name == USER_EVENTS and self._source.bounds:
            return tuple(end for _, end in self._source.bounds)
        with closing(PartitionReader(self._connection)) as reader:
            return tuple(reader.first_after(USER_EVENTS, p, newest_ms) for p in range(self._replay.n_partitions))

    def _wanted(self, past: Past, shift_ms: int, live_from: tuple[int, ...]) -> BackfillRecord:
        settings = (*self._request.settings, self._since_ms, self._request.shift_to_now)
        parts = (
            *settings,
            self._request.with_changes,
            self._replay.segmenter.encoder.version,
            self._replay.n_partitions,
        )
        return BackfillRecord(
            format=FORMAT,
            source=self._source.name,
            source_digest=self._source.digest(past.content),
            settings_digest=blake2b(repr(parts).encode(), digest_size=16).hexdigest(),
            now_ms=self._now_ms,
            shift_ms=shift_ms,
            bounds=self._source.bounds,
            live_from=live_from,
            n_events=past.n_records,
            since_ms=self._since_ms,
        )

    def _restore(self, record: BackfillRecord) -> None:
        trainer = None
        if self._replay.trainer is not None:
            name, new_reader = self._replay.trainer.changelog.name, self._replay.trainer.state_reader
            [trainer] = read_changelog(self._connection, name, 1, lambda: TrainerPastReader(new_reader())).values()
            read_models(self._connection, self._replay.published)
        restore(self._replay, record, self._states, trainer)


def same_since_ms(since_ms: int, now_ms: int, earlier: BackfillRecord | None) -> int:
    """Return the first time, that of the earlier run if both are the same age of a past, such as 90 days."""
    if earlier is not None and abs((since_ms - earlier.since_ms) - (now_ms - earlier.now_ms)) < _SAME_AGE_MS:
        return earlier.since_ms
    return since_ms


def _earlier(states: dict[int, StateRebuilder]) -> BackfillRecord | None:
    return next((each.backfill for each in states.values() if each.backfill), None)
