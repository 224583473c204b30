"""Latency from an event to the change it causes, at half of the worker's own throughput.

The clock starts at the event's `timestamp`, written just before the event goes to the producer client. The client
lingers for up to 5 ms, as in `segue produce`. The clock stops when the poll of a read_committed consumer has returned
the change. Both times are of one system clock, read by threads of the measuring process.

The event that caused a change is the newest in the window, as events are sent in time order. The change carries the
time of this event as `event_time_ms`. The worker runs with the wall clock, dwell 0 and margin 0. So a user changes as
soon as another segment is nearer, and every change is caused by an event.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic, time, time_ns

import msgspec
import numpy as np
from confluent_kafka import OFFSET_END, Consumer, TopicPartition

from bench.harness.deployment import N_PARTITIONS, BenchmarkError, Deployment, Worker, deployment
from bench.harness.engines import GUARANTEES, engines
from bench.harness.part import Part
from bench.harness.scenario import Purchase, from_february, trained
from bench.speed.worker import rate
from stream.kafka.producer import EventProducer, send_all
from stream.wire.changes import SegmentChange
from stream.wire.topics import SEGMENT_CHANGES

_GROUP = "latency"
_LOOK_S = 0.1
_SETTLE_S = 5.0  # of the steady sending, before a change counts
_DRAIN_S = 2.0
_SETTINGS = {"clock": "wall", "dwell_ms": "0", "margin": "0"}
_TIMESTAMP = re.compile(rb'"timestamp":\d+')

Received = tuple[int, bytes]  # wall clock in ns, value


@dataclass(frozen=True)
class Sizes:
    """Numbers of events, and length: `n_warm` events go first, at full speed, then `seconds` at a steady rate."""

    n_training: int
    n_warm: int
    seconds: float


@dataclass(frozen=True)
class Row:
    """Latencies of `n_changes` changes at `events_per_s`; `n_waiting` events were not processed at the end."""

    what: str
    throughput_per_s: float
    events_per_s: float
    n_changes: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    n_waiting: int


def measure(sizes: Sizes) -> list[Row]:
    """Return one row for each engine, on a broker of its own."""
    model = trained(sizes.n_training).segment_model
    return [measure_engine(sizes, model, engine) for engine in engines()]


def measure_engine(sizes: Sizes, model: bytes, engine: str) -> Row:
    """Measure the throughput of one worker, then the latency at half of the throughput."""
    with deployment(model) as target:
        target.create_topics(_GROUP)
        most = int(sizes.n_warm + 20_000 * sizes.seconds)
        purchases = from_february(most)
        target.send(retimed(purchases[: sizes.n_warm]))
        with target.worker(_GROUP, engine=engine, **_SETTINGS) as worker, target.committed(_GROUP) as committed:
            readings = committed.until(sizes.n_warm, worker, _LOOK_S)
            throughput = rate(readings, sizes.n_warm // 2, sizes.n_warm // 2)
            steady = Steady(target, purchases[sizes.n_warm :], throughput / 2, sizes.seconds)
            received = steady.run(worker)
            waiting = sizes.n_warm + steady.n_sent - committed.total()
    ms = latencies_ms(received, steady.started_ms + _SETTLE_S * 1000)
    p50, p95, p99 = np.percentile(ms, [50, 95, 99]).tolist()
    sent_per_s = steady.n_sent / sizes.seconds
    what = f"{engine}, {GUARANTEES[engine]}"
    return Row(what, throughput, sent_per_s, len(ms), p50, p95, p99, max(ms), waiting)


class Steady:
    """A sender with a steady rate, and a receiver of the changes meanwhile."""

    def __init__(self, target: Deployment, purchases: Sequence[Purchase], per_s: float, seconds: float) -> None:
        self._target, self._seconds, self._per_s = target, seconds, per_s
        self._purchases = purchases[: int(per_s * seconds)]
        self._sent = Event()
        self.n_sent, self.started_ms = 0, 0.0

    def run(self, worker: Worker) -> list[Received]:
        """Send all events, and return the changes received until shortly after the last."""
        sender = Thread(target=self._send, name="sender")
        with closing(_consumer(self._target)) as consumer:
            consumer.poll(1.0)  # be at the end of the topic before the first change
            sender.start()
            received = self._receive(consumer, worker)
            sender.join()
        return received

    def _send(self) -> None:
        self.started_ms = time() * 1000
        producer = EventProducer(self._target.connection)
        try:
            send_all(producer, retimed(self._purchases), self._per_s)
        finally:
            self.n_sent = producer.n_sent
            self._sent.set()

    def _receive(self, consumer: Consumer, worker: Worker) -> list[Received]:
        received, deadline = list[Received](), float("inf")
        while monotonic() < deadline:
            message = consumer.poll(0.1)
            if message is not None and message.error() is None:
                received.append((time_ns(), message.value() or b""))
            if self._sent.is_set() and deadline == float("inf"):
                deadline = monotonic() + _DRAIN_S
        worker.check()
        return received


def _consumer(target: Deployment) -> Consumer:
    """Return a consumer of committed changes, from the end of the topic on."""
    consumer = Consumer(target.connection.confluent() | {"group.id": "readers", "isolation.level": "read_committed"})
    consumer.assign([TopicPartition(SEGMENT_CHANGES, p, OFFSET_END) for p in range(N_PARTITIONS)])
    return consumer


def retimed(purchases: Iterable[Purchase]) -> Iterator[Purchase]:
    """Yield the purchases with the current time as their `timestamp`."""
    parts = [(key, *_TIMESTAMP.split(value, maxsplit=1)) for key, value in purchases]
    for key, before, after in parts:
        yield key, b'%b"timestamp":%d%b' % (before, time_ns() // 1_000_000, after)


def latencies_ms(received: Iterable[Received], since_ms: float) -> list[float]:
    """Return the latencies of changes whose event was sent at or after `since_ms`.

    Raises BenchmarkError when there is no such change.
    """
    found = []
    for received_ns, value in received:
        sent_ms = msgspec.json.decode(value, type=SegmentChange).event_time_ms
        if sent_ms is not None and sent_ms >= since_ms:
            found.append(received_ns / 1e6 - sent_ms)
    if not found:
        raise BenchmarkError("no change was received")
    return found


PART = Part(
    title="From an event to the change it causes, at half of the throughput",
    aim="p50 below 20 ms, p99 below 50 ms",
    full=Sizes(n_training=120_000, n_warm=150_000, seconds=60),
    quick=Sizes(n_training=30_000, n_warm=60_000, seconds=12),
    measure=measure,
)
