"""Throughput of a whole worker on a real broker, by guarantee and engine, beside a bare consume-and-decode loop.

All events are on the broker before a worker starts. The rate is that of committed offsets, between a tenth and nine
tenths of the measured events. Earlier events fill windows and the encoder's cache; start-up is excluded. The bare loop
uses the worker's consumer settings, 1,000 messages at a time, and the decoder of `pinned_decoder`, which stays when the
worker's becomes faster. Rounds alternate; the best of each counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from time import perf_counter, process_time

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from bench.harness.deployment import N_PARTITIONS, BenchmarkError, Deployment, Reading, deployment
from bench.harness.part import Part
from bench.harness.scenario import from_february, trained
from bench.speed.pinned_decoder import PinnedFields, decode_pinned
from stream.engines.transactional.consumer import GroupMember, consumer_settings
from stream.runtime.options import EngineOptions
from stream.wire.topics import USER_EVENTS

_LOOK_S = 0.1
_BATCH = 1_000


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
    until = sizes.n_warm + sizes.n_events
    with deployment(trained(sizes.n_training).segment_model) as target:
        target.create_topics("bare")
        target.send(from_february(until))
        methods: dict[str, Callable[[int], list[Reading]]] = {
            "bare loop: consume and decode": lambda _: bare_readings(target, until),
            "worker, exactly-once": partial(worker_readings, target, until, "exactly-once"),
            "worker, at-least-once": partial(worker_readings, target, until, "at-least-once"),
        }
        if find_spec("faust"):
            on_faust = partial(worker_readings, target, until, "at-least-once", engine="faust")
            methods["worker on Faust, at-least-once"] = on_faust
        best = dict.fromkeys(methods, 0.0)
        for number in range(sizes.n_rounds):
            for method, readings in methods.items():
                best[method] = max(best[method], rate(readings(number), sizes.n_warm, sizes.n_events))
    bare = next(iter(best.values()))
    return [Row(method, sizes.n_events, rate, rate / bare) for method, rate in best.items()]


def worker_readings(
    target: Deployment, until: int, guarantee: str, number: int, engine: str = "transactional"
) -> list[Reading]:
    """Run a worker of a new group over that many events, and return readings of its committed offsets."""
    group = f"{engine}-{guarantee}-{number}"
    target.create_topics(group)
    with target.worker(group, guarantee=guarantee, engine=engine) as worker, target.committed(group) as committed:
        return committed.until(until, worker, _LOOK_S)


def bare_readings(target: Deployment, n_events: int) -> list[Reading]:
    """Consume and decode all events, and return readings of their number."""
    membership = GroupMember("bare", "", EngineOptions().session_timeout_ms)
    consumer = Consumer(consumer_settings(target.connection, membership))
    consumer.assign([TopicPartition(USER_EVENTS, p, 0) for p in range(N_PARTITIONS)])
    fields, n, readings = PinnedFields(), 0, [Reading(perf_counter(), 0, process_time())]
    try:
        while n < n_events:
            for message in consumer.consume(_BATCH, timeout=0.05):
                error = message.error()
                if error is None:
                    decode_pinned(message.key(), message.value(), fields)
                    n += 1
                elif error.code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(error)
            readings.append(Reading(perf_counter(), n, process_time()))
    finally:
        consumer.close()
    return readings


def rate(readings: Sequence[Reading], n_warm: int, n_events: int) -> float:
    """Return events a second between the first reading past a tenth of the measured events and the last before 90 %.

    >>> seen = [Reading(float(at), n, 0.0) for at, n in enumerate((0, 120, 150, 180, 180, 200))]
    >>> rate(seen, n_warm=100, n_events=100)
    30.0
    """
    first, last = bounds(readings, n_warm, n_events)
    return (last.n - first.n) / (last.at_s - first.at_s)


def cpu_us(readings: Sequence[Reading], n_warm: int, n_events: int) -> float:
    """Return the microseconds of CPU an event between the same readings: other programs hardly change it."""
    first, last = bounds(readings, n_warm, n_events)
    return (last.cpu_s - first.cpu_s) / (last.n - first.n) * 1e6


def bounds(readings: Sequence[Reading], n_warm: int, n_events: int) -> tuple[Reading, Reading]:
    """Return the first reading past a tenth of the measured events, and the last before 90 %.

    The first reading of a number counts, since a number may stand for a while after its commit. Raises BenchmarkError
    when there are not two.
    """
    low, high = n_warm + n_events / 10, n_warm + n_events * 9 / 10
    seen = {each.n: each for each in reversed(readings) if low <= each.n <= high}
    if len(seen) < 2:
        raise BenchmarkError(f"too few readings between {low:,.0f} and {high:,.0f} events")
    return seen[min(seen)], seen[max(seen)]


PART = Part(
    title="A whole worker on a real broker",
    aim="exactly-once at least 0.3 of the bare loop",
    full=Sizes(n_training=120_000, n_warm=100_000, n_events=150_000, n_rounds=3),
    quick=Sizes(n_training=30_000, n_warm=30_000, n_events=40_000, n_rounds=1),
    measure=measure,
)
