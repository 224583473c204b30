"""Time until a restarted worker is ready, by the number of users in the changelog.

The changelog is that of steps over 8 events of each user, in four partitions, every key once, as after compaction. A
first worker of a stable instance becomes ready and is ended by SIGTERM or SIGKILL. The
clock starts with the process of the second worker and stops when /readyz answers 200. The times between come from the
log: start and imports until the HTTP address is logged, the join until partitions are assigned, then the restore.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from time import monotonic, sleep, time
from urllib.request import urlopen

import msgspec
from confluent_kafka import Producer

from bench.harness.deployment import DEADLINE_S, N_PARTITIONS, BenchmarkError, Deployment, Worker, deployment
from bench.harness.engines import engines
from bench.harness.part import Part
from bench.harness.scenario import POLICY, KnownTexts, Trained, trained
from bench.speed.user_copies import N_ITEMS, events_of, known_texts, templates, user_name
from stream.core.partition import PartitionState
from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving
from stream.core.state import UserState
from stream.core.step import step
from stream.engines.transactional.outbox import producer_settings
from stream.wire.placement import partition_of
from stream.wire.segment_models import load_segment_model
from stream.wire.state_records import Put, puts
from stream.wire.topics import changelog

_POLICY = replace(POLICY, window_items=N_ITEMS)  # users of the changelog
_CHUNK = 1_000  # of them are made at a time
_LOOK_S = 0.01


@dataclass(frozen=True)
class Sizes:
    """Numbers of users: one row for each number, engine and signal."""

    n_training: int
    n_users: tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """Seconds of each phase, and until /readyz answered 200."""

    engine: str
    ended_by: str
    n_users: int
    n_records: int
    start_s: float
    join_s: float
    restore_s: float
    ready_s: float


@dataclass(frozen=True)
class Phases:
    """Seconds of a start: imports and encoder, join of the group, restore."""

    start_s: float
    join_s: float
    restore_s: float


def measure(sizes: Sizes) -> list[Row]:
    """Return rows of each size and engine, on brokers of their own."""
    ready = trained(sizes.n_training)
    return [row for n in sizes.n_users for engine in engines() for row in rows_of(ready, n, engine)]


def rows_of(ready: Trained, n_users: int, engine: str) -> list[Row]:
    """Return one row for each signal that ends the first worker."""
    group = f"restart-{n_users}"
    with deployment(ready.segment_model) as target:
        target.create_topics(group)
        n_records = write_changelog(target, group, ready, n_users)
        rows = []
        for ended_by in ("SIGTERM", "SIGKILL"):
            with target.worker(group, engine=engine) as worker:
                await_ready(worker)
                if ended_by == "SIGKILL":
                    worker.process.kill()
            began = time()
            with target.worker(group, engine=engine) as worker:
                await_ready(worker)
                ready_s = time() - began
                found = phases(worker, began)
            rows.append(
                Row(engine, ended_by, n_users, n_records, found.start_s, found.join_s, found.restore_s, ready_s)
            )
    return rows


def write_changelog(target: Deployment, group: str, ready: Trained, n_users: int) -> int:
    """Write the state records of all users, each into its partition, and return the number of records."""
    producer = Producer(producer_settings(target.connection))
    model, sources = load_segment_model(ready.segment_model), templates(ready.partition)
    encoder, topic, n_records = known_texts(sources, model.encoder), changelog(group).name, 0
    for partition in range(N_PARTITIONS):
        numbers = [n for n in range(n_users) if partition_of(user_name(n).encode(), N_PARTITIONS) == partition]
        for at in range(0, len(numbers), _CHUNK):
            for put in records_of(numbers[at : at + _CHUNK], sources, model, encoder):
                producer.produce(topic, put.value, put.key, partition=partition)
                n_records += 1
            producer.flush()
    return n_records


def records_of(
    numbers: Sequence[int], sources: Sequence[UserState], model: SegmentModel, encoder: KnownTexts
) -> list[Put]:
    """Return the state records of users, each key once."""
    state = PartitionState(_POLICY, encoder.dimension, encoder.version)
    done = step(events_of(sources, numbers), state, Serving(model), encoder, _POLICY)
    return list(puts(done, N_PARTITIONS))


def await_ready(worker: Worker) -> None:
    """Wait until the worker is ready. Raises BenchmarkError after DEADLINE_S."""
    deadline = monotonic() + DEADLINE_S
    while monotonic() < deadline:
        worker.check()
        try:
            with urlopen(f"{worker.url}/readyz", timeout=5):
                return
        except OSError:  # not listening yet, or 503
            sleep(_LOOK_S)
    raise BenchmarkError(f"not ready after {DEADLINE_S:.0f} s:\n{worker.log.read_text()[-2000:]}")


def phases(worker: Worker, began_s: float) -> Phases:
    """Return the phases of a start from the worker's log; `began_s` in seconds since 1970."""
    times_s: dict[str, float] = {}
    for line in worker.log.read_text().splitlines():
        if line.startswith("{"):
            entry = msgspec.json.decode(line)
            times_s[entry["event"]] = datetime.fromisoformat(entry["timestamp"]).timestamp()
    points = [began_s, *(times_s[event] for event in ("worker", "partitions assigned", "partition restored"))]
    return Phases(*(after - before for before, after in pairwise(points)))


PART = Part(
    title="Time until a restarted worker is ready",
    aim="a restore of 100,000 users at least 5 times faster than 8.1 s, that of 2026-11-27",
    full=Sizes(n_training=120_000, n_users=(10_000, 100_000)),
    quick=Sizes(n_training=30_000, n_users=(1_000, 10_000)),
    measure=measure,
)
