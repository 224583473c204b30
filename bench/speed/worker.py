"""Throughput of a whole worker on a real broker, by guarantee and engine, beside a bare consume-and-decode loop.

All events are on the broker before a worker starts. The rate is that of committed offsets, between a tenth and nine
tenths of the measured events. Earlier events fill windows and the encoder's cache; start-up is excluded. The bare loop
uses the worker's consumer settings and decoder, with 1,000 messages at a time. Rounds alternate; the best of each
counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from time import perf_counter

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from bench.harness.deployment import N_PARTITIONS, Deployment, deployment
from bench.harness.part import Part
from bench.harness.scenario import from_february, trained
from stream.engines.transactional.consumer import GroupMember, consumer_settings
from stream.runtime.options import EngineOptions
from stream.wire.fields import Fields
from stream.wire.json_events import decode_json
from stream.wire.topics import USER_EVENTS

_LOOK_S = 0.1
_BATCH = 1_000

Reading = tuple[float, int]  # seconds, events


@dataclass(frozen=True)
class Sizes:
    """Numbers of events and rounds: `n_warm` events precede the measured ones; the fastest round counts."""

    n_training: int
    n_warm: int
    n_events: int
    n_rounds: int


@dataclass(frozen=True)
class Row:
    """A method; `ratio` is to the bare loop of the same run."""

    method: str
    n_events: int
    events_per_s: float
    ratio: float


def measure(sizes: Sizes) -> list[Row]:
    """Return rows of the bare loop, of both guarantees, and of Faust where installed."""
    with deployment(trained(sizes.n_training).segment_model) as target:
        target.create_topics("bare")
        target.send(from_february(sizes.n_warm + sizes.n_events))
        methods: dict[str, Callable[[int], list[Reading]]] = {
            "bare loop: consume and decode": lambda _: bare_readings(target, sizes.n_warm + sizes.n_events),
            "worker, exactly-once": partial(worker_readings, target, sizes, "exactly-once"),
            "worker, at-least-once": partial(worker_readings, target, sizes, "at-least-once"),
        }
        if find_spec("faust"):
            on_faust = partial(worker_readings, target, sizes, "at-least-once", engine="faust")
            methods["worker on Faust, at-least-once"] = on_faust
        best = dict.fromkeys(methods, 0.0)
        for number in range(sizes.n_rounds):
            for method, readings in methods.items():
                best[method] = max(best[method], rate(readings(number), sizes.n_warm, sizes.n_events))
    bare = next(iter(best.values()))
    return [Row(method, sizes.n_events, rate, rate / bare) for method, rate in best.items()]


def worker_readings(
    target: Deployment, sizes: Sizes, guarantee: str, number: int, engine: str = "transactional"
) -> list[Reading]:
    """Run a worker of a new group over all events, and return readings of its committed offsets."""
    group = f"{engine}-{guarantee}-{number}"
    target.create_topics(group)
    with target.worker(group, guarantee=guarantee, engine=engine) as worker, target.committed(group) as committed:
        return committed.until(sizes.n_warm + sizes.n_events, worker, _LOOK_S)


def bare_readings(target: Deployment, n_events: int) -> list[Reading]:
    """Consume and decode all events, and return readings of their number."""
    membership = GroupMember("bare", "", EngineOptions().session_timeout_ms)
    consumer = Consumer(consumer_settings(target.connection, membership))
    consumer.assign([TopicPartition(USER_EVENTS, p, 0) for p in range(N_PARTITIONS)])
    fields, n, readings = Fields(), 0, [(perf_counter(), 0)]
    try:
        while n < n_events:
            for message in consumer.consume(_BATCH, timeout=0.05):
                error = message.error()
                if error is None:
                    decode_json(message.key(), message.value(), fields)
                    n += 1
                elif error.code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(error)
            readings.append((perf_counter(), n))
    finally:
        consumer.close()
    return readings


def rate(readings: Sequence[Reading], n_warm: int, n_events: int) -> float:
    """Return events a second between the first reading past a tenth of the measured events and the last before 90 %.

    >>> rate([(0.0, 0), (1.0, 120), (2.0, 150), (3.0, 180), (9.0, 200)], n_warm=100, n_events=100)
    30.0
    """
    low, high = n_warm + n_events / 10, n_warm + n_events * 9 / 10
    inside = [(second, n) for second, n in readings if low <= n <= high]
    (first_s, first), (last_s, last) = inside[0], inside[-1]
    return (last - first) / (last_s - first_s)


PART = Part(
    title="A whole worker on a real broker",
    aim="exactly-once at least 10,000 events/s and 0.3 of the bare loop",
    full=Sizes(n_training=120_000, n_warm=100_000, n_events=150_000, n_rounds=3),
    quick=Sizes(n_training=30_000, n_warm=30_000, n_events=40_000, n_rounds=1),
    measure=measure,
)
