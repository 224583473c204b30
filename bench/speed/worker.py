"""A whole worker on a real broker: events a second by guarantee and engine, beside a loop that consumes and decodes.

All events wait on the broker before a worker starts. Its rate is taken from committed offsets, between a tenth and nine
tenths of the measured events; the events before those fill windows and the encoder's cache, and start-up is no part of
it. The bare loop has the worker's own consumer settings, takes 1,000 messages at a time and decodes them as the worker
does. Rounds alternate; the best of each counts.
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
from stream.engines.transactional import assignment as assignment
from stream.runtime.options import EngineOptions
from stream.wire.fields import Fields
from stream.wire.json_events import decode_json
from stream.wire.topics import USER_EVENTS

_LOOK_S = 0.1
_BATCH = 1_000

Reading = tuple[float, int]  # seconds, events


@dataclass(frozen=True)
class Sizes:
    """`n_warm` events come before the measured ones; of the rounds the best counts."""

    n_training: int
    n_warm: int
    n_events: int
    n_rounds: int


@dataclass(frozen=True)
class Row:
    """One way; `ratio` is to the bare loop of the same run."""

    way: str
    n_events: int
    events_per_s: float
    ratio: float


def measure(sizes: Sizes) -> list[Row]:
    """Both guarantees, and the bare loop."""
    with deployment(trained(sizes.n_training).segment_model) as place:
        place.create_topics("bare")
        place.send(from_february(sizes.n_warm + sizes.n_events))
        ways: dict[str, Callable[[int], list[Reading]]] = {
            "bare loop: consume and decode": lambda _: bare_readings(place, sizes.n_warm + sizes.n_events),
            "worker, exactly-once": partial(worker_readings, place, sizes, "exactly-once"),
            "worker, at-least-once": partial(worker_readings, place, sizes, "at-least-once"),
        }
        if find_spec("faust"):
            on_faust = partial(worker_readings, place, sizes, "at-least-once", engine="faust")
            ways["worker on Faust, at-least-once"] = on_faust
        best = dict.fromkeys(ways, 0.0)
        for number in range(sizes.n_rounds):
            for way, readings in ways.items():
                best[way] = max(best[way], rate(readings(number), sizes.n_warm, sizes.n_events))
    bare = next(iter(best.values()))
    return [Row(way, sizes.n_events, rate, rate / bare) for way, rate in best.items()]


def worker_readings(
    place: Deployment, sizes: Sizes, guarantee: str, number: int, engine: str = "transactional"
) -> list[Reading]:
    """A new group's worker over all events."""
    group = f"{engine}-{guarantee}-{number}"
    place.create_topics(group)
    with place.worker(group, guarantee=guarantee, engine=engine) as worker, place.committed(group) as committed:
        return committed.until(sizes.n_warm + sizes.n_events, worker, _LOOK_S)


def bare_readings(place: Deployment, n_events: int) -> list[Reading]:
    """Consume and decode all events and do nothing with them."""
    membership = assignment.GroupMember("bare", "", EngineOptions().session_timeout_ms)
    consumer = Consumer(assignment.consumer_settings(place.connection, membership))
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
    """Events a second between the first reading past a tenth of the measured events and the last before nine tenths.

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
