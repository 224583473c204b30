"""A broker, a worker and a sender that keeps a bounded number of events waiting, sampled at intervals."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep, time
from urllib.request import urlopen

from bench.harness.deployment import DEADLINE_S, BenchmarkError, Committed, Deployment, StartingError, Worker
from bench.soak.churn import Churn, Rhythm
from bench.soak.sampling import Sample, metrics, process_sample, topic_sizes
from bench.soak.watched_worker import collections
from stream.devkafka import EmbeddedKafka
from stream.kafka.connection import Connection
from stream.kafka.producer import EventProducer

GROUP = "soak"
MAX_WAITING = 20_000  # events sent and not processed: a sender as fast as the worker
PORTION = 500  # events between two looks at what is processed
LOOK_S = 0.2
SETTINGS = {  # windows of minutes instead of months, so that an hour has many of them
    "clock": "wall",
    "kinds": "view,search,purchase",
    "window_ms": "300000",
    "half_life_ms": "120000",
    "dwell_ms": "5000",
    "sample_every_ms": "60000",
    "review_ms": "300000",
    "reservoir_ms": "600000",
    "shadow_ms": "60000",
    "retire_after_ms": "600000",
    "churn_budget": "1",
    "cache_texts": "2000",
    "encoder_threads": "1",
    "segment_model": "",
}
BROKER = {  # retention and compaction at work within minutes
    "log.segment.bytes": str(4 << 20),
    "log.retention.ms": "300000",
    "log.retention.check.interval.ms": "15000",
    "log.segment.delete.delay.ms": "5000",
    "log.cleaner.backoff.ms": "5000",
    "log.cleaner.min.cleanable.ratio": "0.3",
    "log.cleaner.delete.retention.ms": "60000",
}


@dataclass(frozen=True)
class Sizes:
    """Duration, interval of samples, events a second (0: as fast as the worker takes them), seed and users."""

    minutes: float
    every_s: float
    rate: float
    seed: int
    rhythm: Rhythm


@dataclass(frozen=True)
class _Soaked:
    """Subjects of the samples."""

    broker: EmbeddedKafka
    worker: Worker
    committed: Committed
    collections: Path


def soak(sizes: Sizes) -> Iterator[Sample]:
    """Yield samples until the end. The broker and the worker end with the iterator."""
    with _soaked() as soaked:
        producer, churn = EventProducer(Connection(soaked.broker.bootstrap_servers)), Churn(sizes.rhythm, sizes.seed)
        started_s, n_processed, due_s = monotonic(), 0, sizes.every_s
        while (elapsed_s := monotonic() - started_s) < sizes.minutes * 60:
            soaked.worker.check()
            if elapsed_s >= due_s:
                due_s += sizes.every_s
                yield _sample(soaked, elapsed_s, producer.n_sent)
            with suppress(StartingError):
                n_processed = soaked.committed.total()
            room = MAX_WAITING - (producer.n_sent - n_processed)
            if sizes.rate:
                room = min(room, int(elapsed_s * sizes.rate) - producer.n_sent)
            for key, value in churn.events(elapsed_s, int(time() * 1000), min(room, PORTION)):
                producer.send(key, value)
            if room < PORTION:
                sleep(LOOK_S)
        producer.flush()


@contextmanager
def _soaked() -> Iterator[_Soaked]:
    with EmbeddedKafka(properties=BROKER) as broker, tempfile.TemporaryDirectory(prefix="segue-soak-") as name:
        file = Path(name) / "collections.json"
        target = Deployment(Connection(broker.bootstrap_servers), Path(name), ("bench.soak.watched_worker", str(file)))
        target.create_topics(GROUP)
        with target.worker(GROUP, **SETTINGS) as worker, target.committed(GROUP) as committed:
            _await_ready(worker)
            yield _Soaked(broker, worker, committed, file)


def _await_ready(worker: Worker) -> None:
    """Return once the worker is in its group. Raise BenchmarkError if it ends, or after DEADLINE_S."""
    deadline_s = monotonic() + DEADLINE_S
    while monotonic() < deadline_s:
        worker.check()
        with suppress(OSError), urlopen(f"{worker.url}/readyz", timeout=DEADLINE_S):  # an HTTPError is an OSError
            return
        sleep(LOOK_S)
    raise BenchmarkError(f"the worker was not ready after {DEADLINE_S:.0f} s: {worker.log}")


def _sample(soaked: _Soaked, elapsed_s: float, n_sent: int) -> Sample:
    found = metrics(soaked.worker.url)
    n_processed = soaked.committed.total()
    n_full, seconds = collections(soaked.collections)
    return Sample(
        elapsed_s=elapsed_s,
        n_events=n_processed,
        waiting=n_sent - n_processed,
        lag=found.get("segue_lag_records", 0.0),
        n_users=found.get("segue_users", 0.0),
        worker=process_sample(soaked.worker.process.pid),
        broker=process_sample(soaked.broker.pid),
        n_full_collections=n_full,
        collection_s=seconds,
        topic_mb=topic_sizes(soaked.broker.folder / "data"),
        not_delivered=found.get("segue_turns_not_delivered_total", 0.0),
        segment_model=found.get("segue_segment_model", 0.0),
    )
