"""Latency from an event to the change it causes, at half of the worker's own throughput.

The clock starts at the event's `timestamp`, written just before the event goes to the producer client. The client
lingers for up to 5 ms, as in `segue produce`. The clock stops when the poll of a read_committed consumer has returned
the change. Both times are of one system clock, read by threads of the measuring process.

The event that caused a change is the newest in the window, as events are sent in time order. The change carries the
time of this event as `event_time_ms`. The worker runs with the wall clock, dwell 0 and margin 0. So a user changes as
soon as another segment is nearer, and every change is caused by an event.

The reference is `relay`, a loop that decides nothing, at the same rate. Runs of both alternate, and each one is shown.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec
import numpy as np

from bench.harness.deployment import BenchmarkError, Deployment, deployment
from bench.harness.engines import GUARANTEES, engines
from bench.harness.part import Part
from bench.harness.scenario import from_february, trained
from bench.speed.steady import TIMESTAMP, Received, Steady, retimed
from bench.speed.worker import rate
from stream.devkafka.guarded_process import GuardedProcess
from stream.wire.changes import SegmentChange

_GROUP = "latency"
_LOOK_S = 0.1
_SETTLE_S = 5.0  # of the steady sending, before a change counts
_SETTINGS = {"clock": "wall", "dwell_ms": "0", "margin": "0"}


@dataclass(frozen=True)
class Sizes:
    """Numbers of events, and length: `n_warm` events go first, at full speed.

    Then `n_runs` times `seconds` at a steady rate.
    """

    n_training: int
    n_warm: int
    seconds: float
    n_runs: int


@dataclass(frozen=True)
class Row:
    """Latencies of a run: of `n_changes` changes at `events_per_s`.

    `n_waiting` events were not processed at the end, -1 where nothing counts them.
    """

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
    return [row for engine in engines() for row in measure_engine(sizes, model, engine)]


def measure_engine(sizes: Sizes, model: bytes, engine: str) -> list[Row]:
    """Measure the throughput of one worker, then the latency at half of the throughput, with and without the worker."""
    with deployment(model) as target:
        target.create_topics(_GROUP)
        most = int(sizes.n_warm + 20_000 * sizes.seconds)
        purchases = from_february(most)
        warm, rest, n_sent = purchases[: sizes.n_warm], purchases[sizes.n_warm :], sizes.n_warm
        target.send(retimed(warm))
        throughput, rows = 0.0, list[Row]()
        for run in range(1, sizes.n_runs + 1):
            with target.worker(_GROUP, engine=engine, **_SETTINGS) as worker, target.committed(_GROUP) as committed:
                readings = committed.until(n_sent, worker, _LOOK_S)
                throughput = throughput or rate(readings, sizes.n_warm // 2, sizes.n_warm // 2)
                steady = Steady(target, rest, throughput / 2, sizes.seconds)
                received = steady.run(worker.check)
                n_sent += steady.n_sent
                n_waiting = n_sent - committed.total()
            what = f"{engine}, {GUARANTEES[engine]}, run {run}"
            rows.append(row_of(what, throughput, steady, received, caused_ms, n_waiting))
            with relaying(target) as check:
                steady = Steady(target, rest, throughput / 2, sizes.seconds)
                received = steady.run(check)
                n_sent += steady.n_sent
            rows.append(row_of(f"reference, run {run}", throughput, steady, received, passed_on_ms, -1))
    return rows


def row_of(
    what: str,
    throughput: float,
    steady: Steady,
    received: list[Received],
    time_ms: Callable[[bytes], int | None],
    n_waiting: int,
) -> Row:
    """Return the row of a steady run."""
    ms = latencies_ms(received, steady.started_ms + _SETTLE_S * 1000, time_ms)
    p50, p95, p99 = np.percentile(ms, [50, 95, 99]).tolist()
    per_s = steady.n_sent / steady.seconds
    return Row(what, throughput, per_s, len(ms), p50, p95, p99, max(ms), n_waiting)


@contextmanager
def relaying(target: Deployment) -> Iterator[Callable[[], None]]:
    """Run the reference, and give a check that raises BenchmarkError once it has ended by itself."""
    log = target.folder / "relay.log"
    command = [sys.executable, "-m", "bench.speed.relay", target.connection.bootstrap_servers, "relay"]
    process = GuardedProcess(command, log)

    def check() -> None:
        if not process.running():
            raise BenchmarkError(f"the reference ended by itself:\n{log.read_text()[-2_000:]}")

    try:
        yield check
    finally:
        process.stop()


def caused_ms(value: bytes) -> int | None:
    """Return the time of the event that caused a change."""
    return msgspec.json.decode(value, type=SegmentChange).event_time_ms


def passed_on_ms(value: bytes) -> int | None:
    """Return the time of an event that was passed on."""
    found = TIMESTAMP.search(value)
    return int(found[1]) if found else None


def latencies_ms(received: Iterable[Received], since_ms: float, time_ms: Callable[[bytes], int | None]) -> list[float]:
    """Return the latencies of records whose event was sent at or after `since_ms`.

    Raises BenchmarkError when there is none.
    """
    found = []
    for received_ns, value in received:
        sent_ms = time_ms(value)
        if sent_ms is not None and sent_ms >= since_ms:
            found.append(received_ns / 1e6 - sent_ms)
    if not found:
        raise BenchmarkError("no change was received")
    return found


PART = Part(
    title="From an event to the change it causes, at half of the throughput",
    aim="p99 below 50 ms and p50 below 20 ms on an idle machine",
    full=Sizes(n_training=120_000, n_warm=150_000, seconds=60, n_runs=3),
    quick=Sizes(n_training=30_000, n_warm=40_000, seconds=12, n_runs=3),
    measure=measure,
)
