"""A session with the cluster: the topics are looked at every second, and read from the positions in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic, time
from typing import Protocol

import structlog
from confluent_kafka import KafkaException

from stream.kafka.broker_errors import ClientErrors, no_answer
from stream.kafka.connection import Connection
from stream.kafka.partition_reader import PartitionReader
from stream.kafka.reader import Read, Where
from stream.kafka.records import from_confluent
from stream.kafka.retry import is_transient
from stream.kafka.topic_look import TopicLook
from stream.runtime.watched import TopicSeen
from stream.store.rows.renewal import TOPICS_READ

LOOK_EVERY_S = 1.0
_BATCH = 5_000  # records of a transaction, or as many as arrive in time
_WAIT_S = 0.1

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a session: records that wait as of the last look, and the wall time up to which nothing is missing.

    `complete_ms` is 0 before the first time. `missing` names topics that do not exist. `unanswered` is a sentence while
    no broker answers.
    """

    lag: int = 0
    complete_ms: int = 0
    missing: tuple[str, ...] = ()
    unanswered: str = ""


class TopicWriter(Protocol):
    """A writer of a file that topics are read into, with its positions."""

    def topic_id(self, topic: str) -> str | None:
        """Return the id of the topic that was read; None before the first record."""
        ...

    def position(self, topic: str, partition: int) -> int:
        """Return the next offset to read."""
        ...

    def begin_topic(self, topic: str, topic_id: str) -> None:
        """Delete all that a topic gave, and read it from the beginning under this id."""
        ...

    def apply(self, records: Sequence[Read], ends: Mapping[Where, int]) -> object:
        """Apply records, each partition in order, and the positions after them."""
        ...


class Session:
    """Clients of one connection to the cluster, from a file's positions on. `step` moves the file ahead.

    After an exception of `step` the session is over, since records that were fetched may be lost with it.
    """

    def __init__(self, connection: Connection, writer: TopicWriter, topics: Sequence[str] = TOPICS_READ) -> None:
        self._writer, self._namespace, self._topics = writer, connection.namespace, topics
        self._look_client, self._errors = TopicLook(connection), ClientErrors(connection)
        self._reader = PartitionReader(connection, group="segue-store", errors=self._errors)
        self._no_answer = no_answer(connection)
        self._assigned: dict[str, set[int]] = {}
        self._seen: Mapping[str, TopicSeen] = {}
        self._shortened: set[str] = set()
        self._due_s, self._looked_ms = 0.0, 0
        self._progress = Progress()

    def step(self, look: bool = False) -> Progress:
        """Look at the topics if a second has passed or on demand, read what is there within 0.1 s, and apply it.

        Raise KafkaException for an error that the clients do not recover from.
        """
        if look or monotonic() >= self._due_s:
            self._look()
            self._due_s = monotonic() + LOOK_EVERY_S
        messages, ends = self._reader.read(_BATCH, _WAIT_S)
        local = self._namespace.localize
        records = [Read(local(each.topic), *each[1:7]) for each in map(from_confluent, messages)]
        self._writer.apply(records, {(local(each.topic), each.partition): each.offset for each in ends})
        self._measure()
        return self._progress

    def close(self) -> None:
        """Disconnect."""
        self._reader.close()

    def _look(self) -> None:
        started_ms = int(time() * 1000)
        try:
            self._seen = self._look_client.look(self._topics)
        except KafkaException as exception:
            error = exception.args[0]
            if not (is_transient(error) or self._errors.all_down):
                raise
            known = self._errors.sentence() if self._errors.all_down else f"{self._no_answer} ({error.str()})"
            self._progress = replace(self._progress, unanswered=known)
            return
        self._errors.all_down = False
        self._looked_ms = started_ms
        missing = tuple(topic for topic in self._topics if topic not in self._seen)
        self._progress = replace(self._progress, missing=missing, unanswered="")
        for topic in self._topics:
            self._reconcile(topic, self._seen.get(topic))

    def _reconcile(self, topic: str, seen: TopicSeen | None) -> None:
        """Read the topic that is there now; if it is another one than before, or a shorter one, begin again."""
        is_other = seen is None or self._is_other(seen)
        if is_other and (stale := self._assigned.pop(topic, None)):
            self._reader.stop(topic, sorted(stale))
        if seen is None:
            return
        if is_other:
            if self._writer.topic_id(topic) is not None:
                log.warning("a topic was made again or lost records: it is read anew", topic=topic)
            self._writer.begin_topic(topic, seen.id)
            self._shortened.discard(topic)
        self._start(seen)

    def _is_other(self, seen: TopicSeen) -> bool:
        """Return True for a topic made again, and for one that ended before our positions at two looks in a row."""
        if self._writer.topic_id(seen.topic) != seen.id:
            return True
        is_shorter = any(self._writer.position(seen.topic, p) > bounds.end for p, bounds in seen.bounds.items())
        was_shorter = seen.topic in self._shortened
        (self._shortened.add if is_shorter else self._shortened.discard)(seen.topic)
        return is_shorter and was_shorter

    def _start(self, seen: TopicSeen) -> None:
        """Begin to read partitions that are new, at the file's position or the first record that is left."""
        assigned = self._assigned.setdefault(seen.topic, set())
        new = sorted(seen.bounds.keys() - assigned)
        firsts: dict[Where, int] = {(seen.topic, p): seen.bounds[p].first for p in new}
        for (topic, partition), first in firsts.items():
            if 0 < (position := self._writer.position(topic, partition)) < first:
                log.warning("records were deleted before they were read", topic=topic, n=first - position)
        self._writer.apply([], firsts)
        if new:
            self._reader.start(seen.topic, {p: self._writer.position(seen.topic, p) for p in new})
        assigned.update(new)

    def _measure(self) -> None:
        lag = sum(
            max(0, bounds.stable - self._writer.position(topic, partition))
            for topic, seen in self._seen.items()
            for partition, bounds in seen.bounds.items()
        )
        complete_ms = self._progress.complete_ms if lag or not self._seen else self._looked_ms
        self._progress = replace(self._progress, lag=lag, complete_ms=complete_ms)
