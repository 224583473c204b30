"""A whole Segue on a real broker: topics, events in, worker processes, and everything that came out.

What came out is read by kafka-python, a client that shares no code with the engines.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import msgspec
from kafka import KafkaConsumer
from kafka import TopicPartition as Partition
from kafka.admin import KafkaAdminClient

from stream.core.encoder import Encoder
from stream.core.partition import PartitionState
from stream.core.policy import Policy
from stream.devkafka.guarded_process import GuardedProcess
from stream.kafka.admin import create_topics
from stream.kafka.connection import Connection
from stream.kafka.partition_reader import PartitionReader
from stream.kafka.producer import EventProducer, send_all
from stream.wire.changes import SegmentChange
from stream.wire.memberships import UserSegment
from stream.wire.profiles import read_profile
from stream.wire.promotions import SegmentPromotion
from stream.wire.state_rebuilder import StateRebuilder
from stream.wire.topics import (
    DEAD_LETTERS,
    SEGMENT_CHANGES,
    SEGMENT_PROMOTIONS,
    USER_EVENTS,
    USER_PROFILES,
    USER_SEGMENTS,
    changelog,
)
from tests.e2e.waiting import DEADLINE_S, eventually

GROUP = "segue"
_HTTP = re.compile(r"http://127\.0\.0\.1:(\d+)")


@dataclass(slots=True)
class Worker:
    """A `segue worker` process and its log."""

    process: GuardedProcess
    log: Path

    def kill(self) -> None:
        """SIGKILL: no chance to say goodbye."""
        self.process.kill()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        return self.process.stop()

    def url(self) -> str:
        """The base URL of its /metrics, /healthz and /readyz."""
        return eventually(self._url, "an http port in the log")

    def served(self) -> int:
        """The version of the segment model it decides with; 0 while there is none."""
        with urlopen(f"{self.url()}/metrics") as answer:
            text = answer.read().decode()
        [line] = [line for line in text.splitlines() if line.startswith("segue_segment_model ")]
        return int(float(line.split()[1]))

    def _url(self) -> str:
        assert self.process.running(), f"the worker ended:\n{self.log.read_text()}"
        found = _HTTP.findall(self.log.read_text())
        return f"http://127.0.0.1:{found[-1]}" if found else ""


@dataclass(slots=True)
class Deployment:
    """The topics under one prefix, and the workers that a test starts."""

    connection: Connection
    folder: Path
    engine: str = "transactional"
    n_partitions: int = 4
    n_replicas: int = 1
    settings: dict[str, str] = field(default_factory=dict)
    workers: list[Worker] = field(default_factory=list)

    def __post_init__(self) -> None:
        create_topics(self.connection, GROUP, self.n_partitions, self.n_replicas)

    def environment(self) -> dict[str, str]:
        """Return the variables of every process of this deployment."""
        connection = {
            "bootstrap_servers": self.connection.bootstrap_servers,
            "topic_prefix": self.connection.topic_prefix,
        }
        own = connection | {"engine": self.engine, "http_port": "0"} | self.settings
        return {f"SEGUE_{name.upper()}": value for name, value in own.items()}

    def command(self, *words: str) -> list[str]:
        """Return a command line that runs Python with the deployment's variables."""
        return ["env", *(f"{name}={value}" for name, value in self.environment().items()), sys.executable, *words]

    def start_worker(self, instance: str) -> Worker:
        """A worker of this name; its log goes on in the same file after a restart."""
        log = self.folder / f"{instance}.log"
        return self.start(log, "-m", "stream.cli.main", "worker", "--instance", instance)

    def start(self, log: Path, *words: str) -> Worker:
        """Start Python with these words as a worker of this deployment."""
        worker = Worker(GuardedProcess(self.command(*words), log), log)
        self.workers.append(worker)
        return worker

    def send(self, events: Iterable[tuple[bytes | None, bytes | None]], rate: float = 0) -> int:
        """Send events and wait for the acknowledgements; how many."""
        producer = EventProducer(self.connection)
        send_all(producer, events, rate)
        return producer.n_sent

    def n_committed(self) -> int:
        """User events that are done for: the group's committed offsets, summed."""
        return sum(max(0, n) for n in self.committed_offsets().values())

    def committed_offsets(self) -> dict[int, int]:
        """Return the group's committed offsets on the user events, negative if missing."""
        reader = PartitionReader(self.connection, f"{GROUP}-segment")
        try:
            return reader.committed(USER_EVENTS, range(self.n_partitions))
        finally:
            reader.close()

    def await_committed(self, n: int, for_s: float = DEADLINE_S) -> None:
        """Wait until `n` user events are done for."""
        eventually(lambda: self.n_committed() >= n, f"{n} events committed, {self._tails()}", for_s)

    def messages(self, topic: str, since: int = 0) -> list[Any]:
        """Every committed message of a topic, partition by partition, in order, in each from this offset on."""
        consumer = KafkaConsumer(
            **self.connection.kafka_python(), isolation_level="read_committed", enable_auto_commit=False
        )
        try:
            topic = self.connection.namespace.qualify(topic)
            partitions = [Partition(topic, p) for p in sorted(consumer.partitions_for_topic(topic))]
            ends = consumer.end_offsets(partitions)
            consumer.assign(partitions)
            for partition in partitions:
                consumer.seek(partition, since)
            found: list[Any] = []
            while any(consumer.position(p) < ends[p] for p in partitions):
                for batch in consumer.poll(timeout_ms=500).values():
                    found += batch
            return sorted(found, key=lambda m: (m.partition, m.offset))
        finally:
            consumer.close()

    def changes(self) -> list[SegmentChange]:
        """All changes, in order per user."""
        return [msgspec.json.decode(m.value, type=SegmentChange) for m in self.messages(SEGMENT_CHANGES)]

    def promotions(self) -> list[SegmentPromotion]:
        """All decisions on segment models, in order."""
        return [msgspec.json.decode(m.value, type=SegmentPromotion) for m in self.messages(SEGMENT_PROMOTIONS)]

    def memberships(self) -> dict[str, UserSegment]:
        """Return every user's record on `user-segments`, tombstones applied."""
        found: dict[str, UserSegment] = {}
        for message in self.messages(USER_SEGMENTS):
            user = message.key.decode()
            found.pop(user, None)
            if message.value:
                found[user] = msgspec.json.decode(message.value, type=UserSegment)
        return found

    def profiles(self) -> dict[str, list[bytes]]:
        """Return every profile of each user as published, by time."""
        found: dict[str, list[bytes]] = {}
        for message in self.messages(USER_PROFILES):
            if message.value:
                found.setdefault(message.key.decode(), []).append(message.value)
        return {user: sorted(values, key=lambda value: read_profile(value).time_ms) for user, values in found.items()}

    def dead_letters(self) -> list[Any]:
        """Everything on the dead-letter topic."""
        return self.messages(DEAD_LETTERS)

    def states(self, encoder: Encoder, policy: Policy) -> dict[int, PartitionState]:
        """The state of every partition as the changelog tells it."""
        readers = {p: StateRebuilder(encoder, policy) for p in range(self.n_partitions)}
        for message in self.messages(changelog(GROUP).name):
            readers[message.partition].add(message.key, message.value)
        return {p: reader.finish() for p, reader in readers.items()}

    def close(self) -> None:
        """End every worker and delete the topics."""
        for worker in self.workers:
            worker.process.stop()
        delete_topics(self.connection)

    def _tails(self) -> str:
        return "\n".join(f"{w.log.name}: {w.log.read_text()[-2000:]}" for w in self.workers)


def delete_topics(connection: Connection) -> None:
    """Delete every topic under the connection's prefix."""
    assert connection.topic_prefix, "all topics of the broker would be deleted"
    with closing(KafkaAdminClient(**connection.kafka_python())) as admin:
        if topics := [topic for topic in admin.list_topics() if topic.startswith(connection.topic_prefix)]:
            admin.delete_topics(topics)
