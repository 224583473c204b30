"""Latency of `GET /users/{user}` at a steady rate, alone and beside a worker, and memory.

`segue serve` reads a store of a replay with `n_users` users; the first 10,000 have changes too. A bare Starlette route
over the same file is the reference of the same run: it has no check, no header and no document. The last row follows
the topics of the worker itself.
Requests come at random gaps, and each is timed from the moment it was due. Client, server, worker and broker share the
cores.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import numpy as np
from tqdm import tqdm

from bench.api.requests import Answered, Load, ask
from bench.api.servers import Server, bare, running, served
from bench.harness.deployment import Deployment, deployment
from bench.harness.part import Part
from bench.harness.scenario import from_february, trained
from bench.speed.steady import retimed
from bench.store.records import batches, published
from stream.kafka.producer import EventProducer, send_all
from stream.store.replayed import MADE_BY, REPLAY
from stream.store.writer import StoreWriter

_GROUP = "api"
_BATCH = 5_000
_WARM_S = 3.0
_WORKER = {"clock": "wall", "dwell_ms": "0", "margin": "0"}
_N_PATHS = 5_000
_N_WRITTEN = 10_000
_COPY = """
INSERT INTO users (user, segment, since_ms, sequence, weight, partition, written_ms, value)
SELECT name, segment, since_ms, sequence, weight, partition, written_ms,
    CAST(replace(CAST(value AS TEXT), user, name) AS BLOB)
FROM (SELECT *, printf('user-%07d', :first + CAST(substr(user, 6) AS INTEGER)) AS name FROM users ORDER BY user
    LIMIT :n_written)
"""


@dataclass(frozen=True)
class Sizes:
    """Users of the store; rates of requests and of events beside them; seconds of each row."""

    n_training: int
    n_users: int
    requests_per_s: float
    events_per_s: float
    seconds: float


@dataclass(frozen=True)
class Row:
    """Latencies of one server. `cpu_ms` is that of a request, the work of following included."""

    server: str
    beside: str
    n_users: int
    n_requests: int
    n_failed: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    cpu_ms: float
    memory_mb: float


def measure(sizes: Sizes) -> list[Row]:
    """Return the rows; all servers of one run read the same store."""
    model = trained(sizes.n_training).segment_model
    with TemporaryDirectory(prefix="segue-bench-") as name:
        folder = Path(name)
        store = filled(folder / "users.sqlite", sizes.n_users)
        users = [f"user-{at * sizes.n_users // _N_PATHS:07}" for at in range(_N_PATHS)]
        servers = {"Starlette route": bare(store), "segue serve": served(store)}
        rows = [_row(sizes, folder, server, "nothing", users) for server in servers.items()]
        with deployment(model) as target, busy(target, sizes) as known:
            beside = f"a worker at {sizes.events_per_s:,.0f} events/s"
            rows += [_row(sizes, folder, server, beside, users) for server in servers.items()]
            broker = f"--bootstrap-servers={target.connection.bootstrap_servers}"
            following = "segue serve, following", served(folder / "followed.sqlite", broker)
            rows.append(_row(sizes, folder, following, beside, known))
    return rows


def filled(path: Path, n_users: int) -> Path:
    """Return a store as of a replay: `_N_WRITTEN` users from records, the others as copies of their rows."""
    n_written = min(_N_WRITTEN, n_users)
    writer = StoreWriter(path)
    with tqdm(total=2 * n_written, unit=" records", desc="store") as bar:
        for batch in batches(published(n_written, range(1)), _BATCH):
            writer.apply(batch)
            bar.update(len(batch))
    writer.fact(MADE_BY, REPLAY)
    writer.close()
    with closing(sqlite3.connect(path)) as connection:
        for first in tqdm(range(n_written, n_users, n_written), unit=" copies", desc="store"):
            connection.execute(_COPY, {"first": first, "n_written": n_written})
            connection.commit()
    return path


@contextmanager
def busy(target: Deployment, sizes: Sizes) -> Iterator[list[str]]:
    """Keep a worker busy at a steady rate within the `with` block; give the users of its events."""
    target.create_topics(_GROUP)
    n_events = int(sizes.events_per_s * (4 * sizes.seconds + 60))
    purchases = from_february(n_events)
    n_before = n_events // 4
    target.send(retimed(purchases[:n_before]))
    with target.worker(_GROUP, **_WORKER) as worker, target.committed(_GROUP) as committed:
        committed.until(n_before, worker, 0.5)
        send = (EventProducer(target.connection), retimed(purchases[n_before:]), sizes.events_per_s)
        Thread(target=send_all, args=send, daemon=True, name="sender").start()
        yield sorted({key.decode() for key, _ in purchases[: n_before // 4]})
        worker.check()


def _row(sizes: Sizes, folder: Path, server: tuple[str, Sequence[str]], beside: str, users: Sequence[str]) -> Row:
    name, command = server
    with running(command, folder / "server.log") as process:
        _asked(process, users, sizes.requests_per_s, _WARM_S)
        before_s = process.cpu_s()
        found = _asked(process, users, sizes.requests_per_s, sizes.seconds)
        n = len(found.latencies_ms)
        cpu_ms = (process.cpu_s() - before_s) / n * 1000
        p50, p95, p99 = np.percentile(found.latencies_ms, [50, 95, 99]).tolist()
        most = max(found.latencies_ms)
        n_users = len(users) if "following" in name else sizes.n_users
        return Row(name, beside, n_users, n, found.n_failed, p50, p95, p99, most, cpu_ms, process.memory_mb())


def _asked(server: Server, users: Sequence[str], per_s: float, seconds: float) -> Answered:
    """Ask from a process of its own, so that nothing of this one delays a request."""
    paths = [f"/api/v1/users/{user}" for user in users]
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(ask, (Load(server.host, server.port, paths, per_s, seconds),))


PART = Part(
    title="A user's segment at 500 requests a second, alone and beside a worker",
    aim="p99 below 10 ms",
    full=Sizes(n_training=120_000, n_users=1_000_000, requests_per_s=500, events_per_s=2_000, seconds=30),
    quick=Sizes(n_training=30_000, n_users=10_000, requests_per_s=500, events_per_s=1_000, seconds=5),
    measure=measure,
)
