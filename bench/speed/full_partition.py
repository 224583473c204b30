"""A partition full of users with eight items each, and turns of their events."""

from __future__ import annotations

import gc
import random
from dataclasses import dataclass, replace
from time import thread_time

import numpy as np

from bench.harness.scenario import KIND, POLICY
from bench.speed.user_copies import (
    N_ITEMS,
    copies,
    distinct_text,
    item_id,
    known_texts,
    newest_ms,
    user_name,
    vector_of,
)
from stream.core.partition import PartitionState
from stream.core.records import Records
from stream.core.serving import Serving
from stream.core.state import UserState
from stream.core.step import step
from stream.wire.segment_models import load_segment_model

BATCH = 1_000

_SMALL = replace(POLICY, window_items=N_ITEMS, dwell_ms=POLICY.window_ms)  # no user changes
_PER_MS = 10  # events in a millisecond of event time


@dataclass(frozen=True)
class Task:
    """Input of one process."""

    n_users: int
    distinct: bool
    encoder: str
    segment_model: bytes
    templates: list[UserState]


@dataclass(frozen=True)
class Turns:
    """Seconds of turns in order, and changelog bytes of all."""

    seconds: list[float]
    n_bytes: int


class FullPartition:
    """A partition full of users, and a source of their events."""

    def __init__(self, task: Task) -> None:
        self._task, self._sources = task, task.templates
        self._model = load_segment_model(task.segment_model)
        self._encoder = known_texts(task.templates, task.encoder)
        self._random = random.Random(task.n_users)
        self._n_texts = N_ITEMS * task.n_users  # the items of the users have the lower numbers
        self.partition = PartitionState(_SMALL, self._encoder.dimension, task.encoder)
        self.partition.now_ms = newest_ms(task.templates) + 1
        self.partition.serving = Serving(self._model).versions

    def fill(self) -> None:
        """Create all users. The garbage collector is off, as nothing created here is garbage."""
        gc.disable()
        for first in range(0, self._task.n_users, BATCH):
            numbers = range(first, min(first + BATCH, self._task.n_users))
            distinct = self._task.distinct
            users = copies(self._sources, self._task.encoder, numbers, self.partition.now_ms, distinct)
            self.partition.put_columns(users)
        self.partition.set_timers()
        gc.enable()
        gc.collect()

    def run(self, n_turns: int) -> Turns:
        """Run turns. Step, state records and merge are timed, by the CPU time of the thread."""
        seconds, n_bytes = [], 0
        for _ in range(n_turns):
            records = self._records()
            started = thread_time()
            done = step(records, self.partition, Serving(self._model), self._encoder, _SMALL)
            puts = done.puts()
            done.merge_into(self.partition)
            seconds.append(thread_time() - started)
            n_bytes += sum(len(key) + len(value or b"") for key, value in puts)
        return Turns(seconds, n_bytes)

    def _records(self) -> Records:
        """Return a turn; a distinct text gets the vector of the text it comes from."""
        first, now_ms = self.partition.offset + 1, self.partition.now_ms
        users = self._random.sample(range(self._task.n_users), BATCH)
        texts = []
        for user in users:
            item = self._random.choice(self._sources[user % len(self._sources)].items)
            texts.append(item.text)
            if self._task.distinct:
                self._n_texts += 1
                texts[-1] = distinct_text(item.text, self._n_texts)
                self._encoder.add(texts[-1], vector_of(item))
        return Records(
            offsets=np.arange(first, first + BATCH),
            arrivals_ms=np.full(BATCH, now_ms),
            ops=np.zeros(BATCH, np.uint8),
            users=[user_name(user).encode() for user in users],
            ids=[item_id(user, first + at + N_ITEMS).encode() for at, user in enumerate(users)],
            kinds=[KIND] * BATCH,
            texts=texts,
            times_ms=now_ms + np.arange(BATCH) // _PER_MS,
            amounts=np.array([self._random.uniform(1, 20) for _ in users]),
            contents={},
            ignored={},
            traceparents=[],
        )
