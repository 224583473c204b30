"""Cost of an event, and size of a user's state, by the number of users: the core alone.

Every user has a full window of 8 items, so that sizes differ only in the number of users. Each micro-batch has 1,000
events of 1,000 different users drawn at random, with texts from their windows. No user is due for a sample or a
change: `core` measures those. Each size runs in a process of its own. Memory is the growth of its resident set while
users are created, timers included. Changelog bytes are keys and values of the state records, before compression.
"""

from __future__ import annotations

import gc
import os
import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

from bench.harness.part import Part
from bench.harness.scenario import KIND, POLICY, KnownTexts, trained
from bench.speed.user_copies import N_ITEMS, Template, clones, step_of, templates
from stream.core.event import Event, Record
from stream.core.outcome import Step
from stream.core.serving import Serving, ServingVersions
from stream.core.state import PartitionState
from stream.core.step import step
from stream.runtime.process import prepare_process
from stream.wire.segment_models import load_segment_model
from stream.wire.state_records import puts

_SMALL = replace(POLICY, window_items=N_ITEMS, dwell_ms=POLICY.window_ms)  # no user changes
_BATCH = 1_000
_PER_MS = 10  # events in a millisecond of event time


@dataclass(frozen=True)
class Sizes:
    """Numbers of users, one row each, and of micro-batches; a fifth as many run before, to warm up."""

    n_training: int
    n_users: tuple[int, ...]
    n_batches: int


@dataclass(frozen=True)
class Row:
    """Cost for one number of users; `ratio` is to the time an event takes at the first size."""

    n_users: int
    us_per_event: float
    ratio: float
    worst_batch_ms: float
    memory_bytes_per_user: float
    changelog_bytes_per_user: float
    changelog_bytes_per_event: float


@dataclass(frozen=True)
class Task:
    """Input of one process."""

    n_users: int
    n_batches: int
    encoder: str
    segment_model: bytes
    templates: list[Template]


def measure(sizes: Sizes) -> list[Row]:
    """Return one row for each size, measured in processes one after another."""
    ready = trained(sizes.n_training)
    model = load_segment_model(ready.segment_model)
    users = templates(ready.partition)
    rows: list[Row] = []
    for n_users in sizes.n_users:
        task = Task(n_users, sizes.n_batches, model.encoder, ready.segment_model, users)
        row = _in_a_process(task)
        rows.append(replace(row, ratio=row.us_per_event / (rows[0] if rows else row).us_per_event))
    return rows


def measure_one(task: Task) -> Row:
    """Measure one size in this process."""
    prepare_process()  # as a worker does, garbage collector included
    vectors = {text: vector for template in task.templates for text, vector in template.vectors.items()}
    full = FullPartition(task, KnownTexts(task.encoder, vectors))
    before = resident_bytes()
    full.fill()
    memory = resident_bytes() - before
    per_user = put_bytes(step_of(dict(clones(task.templates, full.user_ids[:_BATCH])), full.partition), task.encoder)
    full.run(max(1, task.n_batches // 5))
    seconds, n_bytes = full.run(task.n_batches)
    return Row(
        n_users=task.n_users,
        us_per_event=sum(seconds) / task.n_batches / _BATCH * 1e6,
        ratio=1.0,
        worst_batch_ms=max(seconds) * 1000,
        memory_bytes_per_user=memory / task.n_users,
        changelog_bytes_per_user=per_user / _BATCH,
        changelog_bytes_per_event=n_bytes / task.n_batches / _BATCH,
    )


class FullPartition:
    """A partition full of users, and a source of their events."""

    def __init__(self, task: Task, encoder: KnownTexts) -> None:
        self._task, self._encoder = task, encoder
        self._model = load_segment_model(task.segment_model)
        self._texts = [list(template.vectors) for template in task.templates]
        self._random = random.Random(task.n_users)
        newest_ms = max(template.user.window.last_ms() for template in task.templates)
        self.partition = PartitionState(now_ms=newest_ms + 1, serving=ServingVersions(self._model.version))
        self.user_ids: list[str] = []

    def fill(self) -> None:
        """Create all users. The garbage collector is off, as nothing created here is garbage."""
        gc.disable()
        self.user_ids = [str(number) for number in range(self._task.n_users)]
        self.partition.users = dict(clones(self._task.templates, self.user_ids))
        for user in self.partition.users.values():
            user.sampled_ms = self.partition.now_ms  # else the first event would also be a sample or a change
            user.membership = user.membership.without_candidate()
        self.partition.rebuild_timers(_SMALL)
        gc.enable()
        gc.collect()

    def run(self, n_batches: int) -> tuple[list[float], int]:
        """Return the seconds of each micro-batch, and the changelog bytes of all of them."""
        seconds, n_bytes = [], 0
        for _ in range(n_batches):
            records = list(self._records())
            started = perf_counter()
            done = step(records, self.partition, Serving(self._model), self._encoder, _SMALL)
            done.merge_into(self.partition)
            seconds.append(perf_counter() - started)
            n_bytes += put_bytes(done, self._encoder.version)
        return seconds, n_bytes

    def _records(self) -> Iterator[Record]:
        first, now_ms = self.partition.offset + 1, self.partition.now_ms
        for at, user_id in enumerate(self._random.sample(self.user_ids, _BATCH)):
            text = self._random.choice(self._texts[int(user_id) % len(self._texts)])
            amount = self._random.uniform(1, 20)
            event = Event(user_id, f"{user_id}+{first + at}", KIND, now_ms + at // _PER_MS, text, amount)
            yield Record(first + at, now_ms, event)


def put_bytes(done: Step, encoder: str) -> int:
    """Return the bytes of keys and values of the step's state records."""
    return sum(len(put.key) + len(put.value or b"") for put in puts(done, encoder, 1))


def resident_bytes() -> int:
    """Return the resident memory of this process, or its peak where the system reports no other (macOS)."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _in_a_process(task: Task) -> Row:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure_one, task).result()


PART = Part(
    title="Cost by the number of users, core alone",
    aim="µs an event flat within 1.2x",
    full=Sizes(n_training=120_000, n_users=(1_000, 10_000, 100_000, 1_000_000), n_batches=200),
    quick=Sizes(n_training=30_000, n_users=(1_000, 10_000, 100_000), n_batches=30),
    measure=measure,
)
