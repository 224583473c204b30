"""One process: a follower of the topics, the application over its store, and the server. All of it ends together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from secrets import token_bytes
from threading import Event

from stream.explain.build import build_explainer
from stream.explain.explainer import Explainer
from stream.explain.explanation import Explanation
from stream.maps.landmark_file import landmark_path
from stream.serve.app import build_app
from stream.serve.identity import Identity
from stream.serve.parts import Explain, Parts
from stream.serve.server import Server, listen, url_of
from stream.settings import ServeSettings, WorkerSettings
from stream.store.errors import StoreBusyError
from stream.store.follower import TopicFollower
from stream.store.freshness import Freshness, State
from stream.store.policy import StorePolicy
from stream.store.replayed import MADE_BY, REPLAY
from stream.store.store import open_store, revision


@dataclass(frozen=True, slots=True)
class Serving:
    """Settings of the process, and the file of its store."""

    worker: WorkerSettings
    serve: ServeSettings
    policy: StorePolicy
    store: Path


def run_server(serving: Serving, tell: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. `tell` is called with the address once requests are answered.

    Raise ServePortError for a port that is taken, StoreError for a file that is no store.
    """
    listening, stop = listen(serving.serve), Event()
    with listening, _freshness(serving) as freshness:
        parts = Parts(
            store_path=serving.store,
            freshness=freshness,
            settings=serving.serve,
            identity=_identity(serving),
            clock_ms=_clock_ms,
            explain=None if is_replay(serving.store) else _explain(serving.worker),
            layout_path=landmark_path(serving.store),
            limits=serving.worker.training,
            is_stopping=stop.is_set,
        )
        Server(build_app(parts), stop, lambda: tell(url_of(listening))).run([listening])


@contextmanager
def _freshness(serving: Serving) -> Iterator[Callable[[], Freshness]]:
    """Follow the topics, or read what another process writes; give the way to ask how old the store is."""
    if is_replay(serving.store):
        yield _of_file(serving.store, "the store of a replay: its figures do not change")
        return
    serving.store.parent.mkdir(parents=True, exist_ok=True)
    try:
        follower = TopicFollower(serving.worker.connection, serving.store, serving.policy)
    except StoreBusyError:
        yield _of_file(serving.store, "another process reads the topics into this store")
        return
    follower.start()
    try:
        yield follower.freshness
    finally:
        follower.stop()


def is_replay(path: Path) -> bool:
    """Return True for the store of a replay, which has no topics behind it; raises StoreError for no store."""
    if not path.exists():
        return False
    store = open_store(path)
    try:
        return bool(store.fact(MADE_BY) == REPLAY)
    finally:
        store.close()


def _of_file(path: Path, reason: str) -> Callable[[], Freshness]:
    started_ms = _clock_ms()

    def freshness() -> Freshness:
        store = open_store(path)
        try:
            return Freshness(State.FILE, 0, 0, started_ms, revision(store), reason)
        finally:
            store.close()

    return freshness


def _identity(serving: Serving) -> Identity:
    """Return how users are shown. Processes with the same tokens read each other's cursors."""
    namespace = serving.worker.connection.namespace
    tokens = "\n".join(serving.serve.serve_tokens).encode()
    key = blake2b(tokens, digest_size=32).digest() if tokens else token_bytes(32)
    salt = namespace.qualify(serving.worker.options.group)
    return Identity(serving.worker.training.member_ids, salt, key)


def _explain(settings: WorkerSettings) -> Explain:
    """Return the function that explains; the encoder is loaded at the first question."""
    explainers: list[Explainer] = []

    def explain(user: str, sequence: int | None) -> Explanation:
        if not explainers:
            explainers.append(build_explainer(settings))
        return explainers[0].explain(user, sequence)

    return explain


def _clock_ms() -> int:
    return time.time_ns() // 1_000_000
