"""How long after a worker ended its successor is ready, by the number of people whose state waits in the changelog.

The changelog is written here, as a worker would write it: one head and 8 items for each person, four partitions; every
key once, as compaction leaves it. A first worker of a stable instance becomes ready and is ended, by SIGTERM or by
SIGKILL; the clock starts with the process of the second and stops when /readyz answers 200. What comes between is read
from its log: start and imports until it says where it listens, joining the group until its partitions are assigned,
and restoring.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from time import monotonic, sleep, time
from urllib.request import urlopen

import msgspec
from confluent_kafka import Producer

from bench.harness.deployment import DEADLINE_S, N_PARTITIONS, BenchmarkError, Deployment, Worker, deployment
from bench.harness.engines import engines
from bench.harness.part import Part
from bench.harness.scenario import Trained, trained
from bench.speed.user_copies import clones, step_of, templates
from stream.engines.transactional.delivery import producer_settings
from stream.replay import partition_of
from stream.wire.segment_models import load_segment_model
from stream.wire.state_records import puts
from stream.wire.topics import changelog

_CHUNK = 1_000  # people made at a time
_LOOK_S = 0.01


@dataclass(frozen=True)
class Sizes:
    """How many people, one row for each and for each way to end."""

    n_training: int
    n_users: tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """Seconds of each part, and until /readyz said so."""

    engine: str
    ended_by: str
    n_users: int
    n_records: int
    start_s: float
    join_s: float
    restore_s: float
    ready_s: float


def measure(sizes: Sizes) -> list[Row]:
    """Each size and engine on a broker of its own."""
    ready = trained(sizes.n_training)
    return [row for n in sizes.n_users for engine in engines() for row in rows_of(ready, n, engine)]


def rows_of(ready: Trained, n_users: int, engine: str) -> Iterator[Row]:
    """Both ways to end, one after the other."""
    group = f"restart-{n_users}"
    with deployment(ready.segment_model) as place:
        place.create_topics(group)
        n_records = write_changelog(place, group, ready, n_users)
        for ended_by in ("SIGTERM", "SIGKILL"):
            with place.worker(group, engine=engine) as worker:
                await_ready(worker)
                if ended_by == "SIGKILL":
                    worker.process.kill()
            began = time()
            with place.worker(group, engine=engine) as worker:
                await_ready(worker)
                start_s, join_s, restore_s = lengths_s(worker, began)
                yield Row(engine, ended_by, n_users, n_records, start_s, join_s, restore_s, time() - began)


def write_changelog(place: Deployment, group: str, ready: Trained, n_users: int) -> int:
    """Everyone's state records, each in the partition of its person; returns how many."""
    producer = Producer(producer_settings(place.connection))
    topic, n_records = changelog(group).name, 0
    encoder, people = load_segment_model(ready.segment_model).encoder, templates(ready.partition)
    for partition in range(N_PARTITIONS):
        names = [str(n) for n in range(n_users) if partition_of(str(n).encode(), N_PARTITIONS) == partition]
        for at in range(0, len(names), _CHUNK):
            users = dict(clones(people, names[at : at + _CHUNK]))
            for put in puts(step_of(users, ready.partition), encoder):
                producer.produce(topic, put.value, put.key, partition=partition)
                n_records += 1
            producer.flush()
    return n_records


def await_ready(worker: Worker) -> None:
    """Wait until the worker says that it is ready."""
    deadline = monotonic() + DEADLINE_S
    while monotonic() < deadline:
        worker.check()
        try:
            with urlopen(f"{worker.url}/readyz", timeout=5):
                return
        except OSError:  # not listening yet, or 503
            sleep(_LOOK_S)
    raise BenchmarkError(f"not ready after {DEADLINE_S:.0f} s:\n{worker.log.read_text()[-2000:]}")


def lengths_s(worker: Worker, began: float) -> tuple[float, float, float]:
    """Seconds of start, join and restore, by the worker's log; `began` is in seconds since 1970."""
    moments: dict[str, float] = {}
    for line in worker.log.read_text().splitlines():
        if line.startswith("{"):
            said = msgspec.json.decode(line)
            moments[said["event"]] = datetime.fromisoformat(said["timestamp"]).timestamp()
    points = [began, *(moments[event] for event in ("worker", "partitions assigned", "partition restored"))]
    start_s, join_s, restore_s = (after - before for before, after in pairwise(points))
    return start_s, join_s, restore_s


PART = Part(
    title="Time until a restarted worker is ready",
    aim="reported",
    full=Sizes(n_training=120_000, n_users=(10_000, 100_000)),
    quick=Sizes(n_training=30_000, n_users=(1_000, 10_000)),
    measure=measure,
)
