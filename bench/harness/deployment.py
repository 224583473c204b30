"""A broker, topics and worker processes to measure, removed when the `with` block ends."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from bench.harness.conditions import DEFAULT_MODEL
from bench.harness.scenario import KIND
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
SETTINGS = {"clock": "event", "kinds": KIND, "dwell_ms": str(DAY_MS), "encoder_threads": "2", "log_format": "json"}

_LOG_TAIL = 2_000
_STARTING = (KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_LOAD_IN_PROGRESS)


class BenchmarkError(RuntimeError):
    """A measurement failed: an expected event did not happen."""


class StartingError(RuntimeError):
    """A broker still loading consumer groups."""


class Reading(NamedTuple):
    """A reading: processed events at a time (`perf_counter`), and the CPU time of the process until then."""

    at_s: float
    n: int
    cpu_s: float


@dataclass(frozen=True)
class Worker:
    """A running `segue worker`: its process, start time (`perf_counter`), log and HTTP address."""

    process: GuardedProcess
    started_s: float
    log: Path
    url: str

    def cpu_s(self) -> float:
        """Return the CPU time of the process, all threads; 0 where the system has no `/proc`."""
        stat = Path(f"/proc/{self.process.pid}/stat")
        if not stat.exists():
            return 0.0
        user, system = stat.read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def check(self) -> None:
        """Raise BenchmarkError if the worker has ended by itself."""
        if not self.process.running():
            raise BenchmarkError(f"the worker ended by itself:\n{self.log.read_text()[-_LOG_TAIL:]}")


@dataclass(frozen=True)
class Deployment:
    """A running broker, with a folder for logs and the segment model. Workers run the module `program`."""

    connection: Connection
    folder: Path
    program: Sequence[str] = ("stream.cli.main",)

    def create_topics(self, group: str) -> None:
        """Create the topics of one group; topics shared by groups are created once."""
        create_topics(self.connection, group, N_PARTITIONS, 1)

    def send(self, events: Iterable[tuple[bytes | None, bytes | None]]) -> None:
        """Send all events and wait for the acknowledgements."""
        send_all(EventProducer(self.connection), events, 0)

    def start(self, group: str, **settings: str) -> Worker:
        """Start a worker of this group. The caller stops it."""
        port, log = free_port(), self.folder / f"{group}.log"
        own = SETTINGS | {
            "bootstrap_servers": self.connection.bootstrap_servers,
            "group": group,
            "instance": "bench",
            "http_port": str(port),
            "encoder": str(DEFAULT_MODEL),
            "segment_model": str(self.folder / "segment-model.json"),
            "config": os.devnull,
        }
        given = [f"SEGUE_{name.upper()}={value}" for name, value in (own | settings).items()]
        log.unlink(missing_ok=True)
        started = perf_counter()
        command = ["env", *_unset_variables(), *given, sys.executable, "-m", *self.program, "worker"]
        return Worker(GuardedProcess(command, log), started, log, f"http://127.0.0.1:{port}")

    @contextmanager
    def worker(self, group: str, **settings: str) -> Iterator[Worker]:
        """Start a worker, and stop it at the end of the `with` block."""
        worker = self.start(group, **settings)
        try:
            yield worker
        finally:
            worker.process.stop()

    @contextmanager
    def committed(self, group: str, job: str = "-segment") -> Iterator[Committed]:
        """Open a reader of the committed offsets of a group's segmenter, or of another program's consumer group."""
        consumer = Consumer(
            self.connection.confluent() | {"group.id": f"{group}{job}", "isolation.level": "read_uncommitted"}
        )  # looking must not wait for open transactions
        try:
            yield Committed(consumer)
        finally:
            consumer.close()


@dataclass(frozen=True)
class Committed:
    """A reader of committed offsets of the user events."""

    consumer: Consumer

    def total(self) -> int:
        """Return the number of processed events: offsets summed over the partitions."""
        asked = [TopicPartition(USER_EVENTS, p) for p in range(N_PARTITIONS)]
        try:
            return sum(max(0, at.offset) for at in self.consumer.committed(asked, timeout=30))
        except KafkaException as error:
            if error.args[0].code() in _STARTING:
                raise StartingError from error
            raise

    def until(self, n: int, worker: Worker, every_s: float) -> list[Reading]:
        """Return readings, up to the first of at least `n` processed events.

        Raises BenchmarkError when the worker ends, or after DEADLINE_S.
        """
        readings: list[Reading] = []
        deadline = monotonic() + DEADLINE_S
        while monotonic() < deadline:
            worker.check()
            with suppress(StartingError):
                readings.append(Reading(perf_counter(), self.total(), worker.cpu_s()))
                if readings[-1].n >= n:
                    return readings
            sleep(every_s)
        raise BenchmarkError(f"not {n:,} events after {DEADLINE_S:.0f} s:\n{worker.log.read_text()[-_LOG_TAIL:]}")


@contextmanager
def deployment(segment_model: bytes) -> Iterator[Deployment]:
    """Start a broker whose workers decide with this segment model."""
    with EmbeddedKafka() as broker, tempfile.TemporaryDirectory(prefix="segue-bench-") as name:
        folder = Path(name)
        (folder / "segment-model.json").write_bytes(segment_model)
        yield Deployment(Connection(broker.bootstrap_servers), folder)


def _unset_variables() -> list[str]:
    """Return arguments of `env` that hide other settings and let Python write compiled modules."""
    names = [name for name in os.environ if name.startswith("SEGUE_")] + ["PYTHONDONTWRITEBYTECODE"]
    return [part for name in names for part in ("-u", name)]
