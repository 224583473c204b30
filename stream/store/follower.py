"""The follower: one thread that reads the topics into a store, for as long as the process runs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from time import time

import structlog
from confluent_kafka import KafkaException

from stream.kafka.broker_errors import sentence_of
from stream.kafka.connection import Connection
from stream.store.errors import StoreError
from stream.store.freshness import Freshness, State
from stream.store.policy import StorePolicy
from stream.store.replayed import MADE_BY, REPLAY
from stream.store.rows.renewal import TOPICS_READ
from stream.store.session import Progress, Session
from stream.store.writer import DEFAULT_POLICY, StoreWriter

LIVE_MS = 5_000  # a store that had everything so long ago is still live: a look takes time
COMPLETE = "complete_ms"
_REMEMBER_MS = 10_000
_AGAIN_S = 1.0
_STOP_S = 30.0

log = structlog.get_logger()


class TopicFollower:
    """A thread that keeps a store up to date. Broker restarts, missing topics and damaged records do not end it.

    Raise what `StoreWriter` raises, and StoreError for the store of a replay.
    """

    def __init__(self, connection: Connection, path: Path, policy: StorePolicy = DEFAULT_POLICY) -> None:
        self._connection, self._writer = connection, StoreWriter(path, policy)
        if self._writer.fact(MADE_BY) == REPLAY:
            self._writer.close()
            raise StoreError(f"{path} is the store of a replay: name another file for topics (SEGUE_STORE)")
        self._remembered_ms = self._complete_ms = int(self._writer.fact(COMPLETE) or _now_ms())
        self._state, self._since_ms, self._lag = State.CATCHING_UP, _now_ms(), 0
        self._reason = f"no answer yet from {connection.bootstrap_servers} (SEGUE_BOOTSTRAP_SERVERS)"
        self._stop = Event()
        self._thread = Thread(target=self._run, name="topic-follower", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def freshness(self) -> Freshness:
        """Return how far the store is behind the topics now."""
        return Freshness(
            state=self._state,
            lag=self._lag,
            behind_ms=max(0, _now_ms() - self._complete_ms),
            since_ms=self._since_ms,
            revision=self._writer.revision,
            reason=self._reason,
        )

    def stop(self) -> None:
        """Stop reading and close the store; a batch in progress ends first."""
        self._stop.set()
        if self._thread.ident is None:
            self._writer.close()
        else:
            self._thread.join(_STOP_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with closing(Session(self._connection, self._writer)) as session:
                    while not self._stop.is_set():
                        self._tell(session.step())
            except KafkaException as exception:
                self._enter(State.RECONNECTING, sentence_of(exception.args[0]))
            except sqlite3.OperationalError as error:  # the disk is full, or gone
                self._enter(State.RECONNECTING, f"the store {self._writer.path} cannot be written: {error}")
            self._stop.wait(_AGAIN_S)
        self._writer.close()

    def _tell(self, progress: Progress) -> None:
        self._lag = progress.lag
        self._complete_ms = max(self._complete_ms, progress.complete_ms)
        if self._complete_ms - self._remembered_ms > _REMEMBER_MS:
            self._writer.fact(COMPLETE, str(self._complete_ms))
            self._remembered_ms = self._complete_ms
        if progress.unanswered:
            self._enter(State.RECONNECTING, progress.unanswered)
        elif len(progress.missing) == len(TOPICS_READ):
            self._enter(State.NO_TOPICS, "the cluster has no topics of Segue yet: run `segue topics create`")
        elif progress.lag == 0 or (progress.complete_ms and _now_ms() - progress.complete_ms < LIVE_MS):
            self._enter(State.LIVE, _missing(progress) or self._damaged())
        else:
            self._enter(State.CATCHING_UP, f"{progress.lag:,} records are still to be read")

    def _enter(self, state: State, reason: str) -> None:
        if state != self._state:
            log.info("store", state=state.value, reason=reason)
            self._state, self._since_ms = state, _now_ms()
        self._reason = reason

    def _damaged(self) -> str:
        n, last = self._writer.damaged()
        return f"{n:,} records could not be read and are left out, the last one: {last}" if n else ""


def _missing(progress: Progress) -> str:
    if not progress.missing:
        return ""
    return f"there is no {', '.join(progress.missing)} yet: run `segue topics create`"


def _now_ms() -> int:
    return int(time() * 1000)
