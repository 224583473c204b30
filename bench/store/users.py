"""A store by its users, each with one change: disk, memory of the writer and of a reader, restart, and queries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.harness.part import Part
from bench.store.records import START_MS, batches, published
from stream.store.queries.flows import flows
from stream.store.queries.segments import members, segment_rows
from stream.store.queries.users import user_record
from stream.store.store import newest_ms, open_store
from stream.store.writer import StoreWriter

_BATCH = 5_000
_LOOKUPS = 1_000
_DAY_MS = 86_400_000


@dataclass(frozen=True)
class Sizes:
    """Numbers of users."""

    n_users: tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """A store: writing all records, bytes, memory, opening it again, and queries of a process that only reads.

    `day` and `all` are the flows of the last day and of all time, with and without reasons.
    """

    n_users: int
    write_s: float
    disk_mb: float
    writer_mb: float
    reader_mb: float
    reopen_ms: float
    lookup_us: float
    members_ms: float
    segments_ms: float
    day_ms: float
    day_reasons_ms: float
    all_reasons_ms: float


def measure(sizes: Sizes) -> list[Row]:
    """Return a row for each number of users; writer and reader are processes of their own."""
    return [_row(n_users) for n_users in sizes.n_users]


def _row(n_users: int) -> Row:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        with get_context("spawn").Pool(1) as pool:
            write_s, writer_mb = pool.apply(_write, (path, n_users))
        disk_mb = sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
        with get_context("spawn").Pool(1) as pool:
            figures = pool.apply(_read, (path, n_users))
    return Row(n_users, write_s, disk_mb, writer_mb, *figures)


def _write(path: Path, n_users: int) -> tuple[float, float]:
    spent_s, writer = 0.0, StoreWriter(path)
    for batch in batches(published(n_users, range(1)), _BATCH):
        began_s = perf_counter()
        writer.apply(batch)
        spent_s += perf_counter() - began_s
    writer.close()
    return spent_s, _rss_mb()


def _read(path: Path, n_users: int) -> tuple[float, ...]:
    began_s = perf_counter()
    StoreWriter(path).close()
    reopen_ms = (perf_counter() - began_s) * 1e3
    store = open_store(path)
    now_ms = newest_ms(store)
    users = [f"user-{at * n_users // _LOOKUPS:07}" for at in range(_LOOKUPS)]
    each = [_ms(lambda user=user: user_record(store, user)) for user in users]  # type: ignore[misc]
    queries = (
        _ms(lambda: members(store, "s-0007", "user-0", 100)),
        _ms(lambda: segment_rows(store)),
        _ms(lambda: flows(store, now_ms - _DAY_MS, now_ms, n_reasons=0)),
        _ms(lambda: flows(store, now_ms - _DAY_MS, now_ms)),
    )
    memory_mb = _rss_mb()  # a query over all changes is rare, and its memory is its own
    return memory_mb, reopen_ms, median(each) * 1e3, *queries, _ms(lambda: flows(store, START_MS, now_ms))


def _ms(query: Callable[[], object]) -> float:
    began_s = perf_counter()
    query()
    return (perf_counter() - began_s) * 1e3


def _rss_mb() -> float:
    """Return the largest resident memory so far; unlike `ru_maxrss` it is of this program alone."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1e3


PART = Part(
    title="A store by its users",
    aim="reported",
    full=Sizes(n_users=(10_000, 100_000, 1_000_000)),
    quick=Sizes(n_users=(1_000, 5_000)),
    measure=measure,
)
