"""A broker, topics and worker processes to be measured; all of it is gone when its `with` block ends."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter, sleep

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from bench.scenario import KIND, MODEL
from stream.core.policy import DAY_MS
from stream.devkafka import EmbeddedKafka
from stream.devkafka.guarded_process import GuardedProcess
from stream.devkafka.ports import free_port
from stream.kafka.admin import create_topics
from stream.kafka.connection import Connection
from stream.kafka.producer import EventProducer, send_all
from stream.wire.topics import USER_EVENTS

N_PARTITIONS = 4
DEADLINE_S = 300.0
SETTINGS = {"clock": "event", "kinds": KIND, "dwell_ms": str(DAY_MS), "encode_threads": "2", "log_format": "json"}

_LOG_TAIL = 2_000


_STARTING = (KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_LOAD_IN_PROGRESS)


class BenchmarkError(RuntimeError):
    """Something to be measured did not happen."""


class _StartingError(RuntimeError):
    """The broker does not know yet what it keeps for consumer groups."""


@dataclass(frozen=True)
class Worker:
    """A running `segue worker`, when its process was started (`perf_counter`), and what it writes."""

    process: GuardedProcess
    started_s: float
    log: Path
    url: str

    def check(self) -> None:
        """Raises BenchmarkError once it has ended by itself."""
        if not self.process.running():
            raise BenchmarkError(f"the worker ended by itself:\n{self.log.read_text()[-_LOG_TAIL:]}")


@dataclass(frozen=True)
class Deployment:
    """A running broker, and a folder for logs and the segment model."""

    connection: Connection
    folder: Path

    def create_topics(self, group: str) -> None:
        """The topics of one group; those that groups share are made once."""
        create_topics(self.connection, group, N_PARTITIONS, 1)

    def send(self, events: Iterable[tuple[bytes | None, bytes | None]]) -> None:
        """Send all events, and wait for the acknowledgements."""
        send_all(EventProducer(self.connection), events, 0)

    def start(self, group: str, **settings: str) -> Worker:
        """A worker of this group; whoever starts it stops it."""
        port, log = free_port(), self.folder / f"{group}.log"
        own = SETTINGS | {
            "bootstrap_servers": self.connection.bootstrap_servers,
            "group": group,
            "instance": "bench",
            "http_port": str(port),
            "model": str(MODEL),
            "segment_model": str(self.folder / "segment-model.json"),
            "config": os.devnull,
        }
        given = [f"SEGUE_{name.upper()}={value}" for name, value in (own | settings).items()]
        log.unlink(missing_ok=True)
        started = perf_counter()
        command = ["env", *_forgotten(), *given, sys.executable, "-m", "stream.cli.main", "worker"]
        return Worker(GuardedProcess(command, log), started, log, f"http://127.0.0.1:{port}")

    @contextmanager
    def worker(self, group: str, **settings: str) -> Iterator[Worker]:
        """A worker that is stopped at the end."""
        worker = self.start(group, **settings)
        try:
            yield worker
        finally:
            worker.process.stop()

    @contextmanager
    def committed(self, group: str) -> Iterator[Committed]:
        """What a group's segmenter has done."""
        consumer = Consumer(
            self.connection.confluent() | {"group.id": f"{group}-segment", "isolation.level": "read_uncommitted"}
        )  # looking must not wait for open transactions
        try:
            yield Committed(consumer)
        finally:
            consumer.close()


@dataclass(frozen=True)
class Committed:
    """Committed offsets of the user events."""

    consumer: Consumer

    def total(self) -> int:
        """Events done for, summed over the partitions."""
        asked = [TopicPartition(USER_EVENTS, p) for p in range(N_PARTITIONS)]
        try:
            return sum(max(0, at.offset) for at in self.consumer.committed(asked, timeout=30))
        except KafkaException as error:
            if error.args[0].code() in _STARTING:
                raise _StartingError from error
            raise

    def until(self, n: int, worker: Worker, every_s: float) -> list[tuple[float, int]]:
        """(`perf_counter`, events done for) again and again, up to the first reading of at least `n`."""
        readings: list[tuple[float, int]] = []
        deadline = monotonic() + DEADLINE_S
        while monotonic() < deadline:
            worker.check()
            with suppress(_StartingError):
                readings.append((perf_counter(), self.total()))
                if readings[-1][1] >= n:
                    return readings
            sleep(every_s)
        raise BenchmarkError(f"not {n:,} events after {DEADLINE_S:.0f} s:\n{worker.log.read_text()[-_LOG_TAIL:]}")


@contextmanager
def deployment(segment_model: bytes) -> Iterator[Deployment]:
    """A broker whose workers decide with this segment model."""
    with EmbeddedKafka() as broker, tempfile.TemporaryDirectory(prefix="segue-bench-") as name:
        folder = Path(name)
        (folder / "segment-model.json").write_bytes(segment_model)
        yield Deployment(Connection(broker.bootstrap_servers), folder)


def _forgotten() -> list[str]:
    """Arguments of `env`: a worker must see no settings but ours, and may keep its compiled modules."""
    names = [name for name in os.environ if name.startswith("SEGUE_")] + ["PYTHONDONTWRITEBYTECODE"]
    return [part for name in names for part in ("-u", name)]
