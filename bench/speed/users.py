"""Cost of an event, and size of a user's state, by the number of users: the core alone.

Every user has a full window of 8 items, so that sizes differ only in the number of users. Texts are shared, as in a
shop, or every text is another, as with searches and posts. Each turn has 1,000 events of 1,000 different users drawn at
random. No user is due for a sample or a change: `core` measures those. Each size has a process of its own, rounds of
turns alternate between the sizes, and the CPU time of the thread counts.

Memory is the growth of the resident set while users are put, timers and texts included. Changelog bytes are keys and
values of the state records, before compression.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from bench.harness.part import Part
from bench.harness.scenario import trained
from bench.speed.full_partition import BATCH, FullPartition, Task, Turns
from bench.speed.user_copies import templates
from stream.runtime.process import prepare_process
from stream.wire.segment_models import load_segment_model

_full: FullPartition | None = None  # of this process


@dataclass(frozen=True)
class Sizes:
    """Numbers of users; rounds alternate between these, with so many turns each."""

    n_training: int
    n_users: tuple[int, ...]
    n_rounds: int
    n_turns: int


@dataclass(frozen=True)
class Row:
    """Cost for one number of users; `ratio` is to the time an event takes at the first size, the median of rounds."""

    texts: str
    n_users: int
    us_per_event: float
    ratio: float
    worst_turn_ms: float
    worst_to_median: float
    memory_bytes_per_user: float
    changelog_bytes_per_event: float


def measure(sizes: Sizes) -> list[Row]:
    """Return one row for each size and kind of texts."""
    ready = trained(sizes.n_training)
    encoder = load_segment_model(ready.segment_model).encoder
    sources = templates(ready.partition)
    return [
        row
        for distinct in (False, True)
        for row in measure_tasks(
            [Task(n, distinct, encoder, ready.segment_model, sources) for n in sizes.n_users], sizes
        )
    ]  # fmt: skip


def measure_tasks(tasks: list[Task], sizes: Sizes) -> list[Row]:
    """Return the rows of tasks, each in a process of its own; one process computes at a time."""
    with ExitStack() as stack:
        pools = [stack.enter_context(ProcessPoolExecutor(1, mp_context=get_context("spawn"))) for _ in tasks]
        memory = [pool.submit(fill, task).result() for pool, task in zip(pools, tasks, strict=True)]
        for pool in pools:
            pool.submit(run, sizes.n_turns).result()  # to warm up
        rounds = [[pool.submit(run, sizes.n_turns).result() for pool in pools] for _ in range(sizes.n_rounds)]
    medians = [[median(each.seconds) for each in turns] for turns in rounds]
    return [
        row_of(task, memory[at], [turns[at] for turns in rounds], median(each[at] / each[0] for each in medians))
        for at, task in enumerate(tasks)
    ]


def row_of(task: Task, memory_bytes: int, rounds: list[Turns], ratio: float) -> Row:
    """Return the row of a task."""
    seconds = [each for turns in rounds for each in turns.seconds]
    middle = median(seconds)
    return Row(
        texts="distinct" if task.distinct else "shared",
        n_users=task.n_users,
        us_per_event=middle / BATCH * 1e6,
        ratio=ratio,
        worst_turn_ms=max(seconds) * 1000,
        worst_to_median=max(seconds) / middle,
        memory_bytes_per_user=memory_bytes / task.n_users,
        changelog_bytes_per_event=sum(turns.n_bytes for turns in rounds) / len(seconds) / BATCH,
    )


def fill(task: Task) -> int:
    """Make the partition of this process, and return the bytes it takes."""
    global _full
    prepare_process()  # as a worker does, garbage collector included
    _full = FullPartition(task)
    before = resident_bytes()
    _full.fill()
    return resident_bytes() - before


def run(n_turns: int) -> Turns:
    """Run turns on the partition of this process."""
    assert _full is not None
    return _full.run(n_turns)


def resident_bytes() -> int:
    """Return the resident memory of this process, or its peak where the system reports no other (macOS)."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


PART = Part(
    title="Cost by the number of users, core alone",
    aim="µs an event flat within 1.3x; no turn above 3 times the median; 1 kB a user with shared texts, 2 kB with "
    "distinct ones",
    full=Sizes(n_training=120_000, n_users=(1_000, 10_000, 100_000, 1_000_000), n_rounds=10, n_turns=20),
    quick=Sizes(n_training=30_000, n_users=(1_000, 10_000, 100_000), n_rounds=3, n_turns=10),
    measure=measure,
)
