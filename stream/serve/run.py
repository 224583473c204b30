"""One process: a follower of the topics, the application over its store, and the server. All of it ends together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from secrets import token_bytes
from threading import Event, Thread

from stream.explain.explainer import Explainer
from stream.explain.explanation import Explanation
from stream.maps.landmark_file import landmark_path
from stream.serve.app import build_app
from stream.serve.identity import Identity
from stream.serve.parts import Explain, Parts
from stream.serve.server import Server, listen, url_of
from stream.settings import ServeSettings, WorkerSettings
from stream.store.errors import StoreBusyError
from stream.store.follower import COMPLETE, TopicFollower
from stream.store.freshness import Freshness, State, file_freshness
from stream.store.policy import StorePolicy
from stream.store.replayed import is_replay
from stream.store.store import open_store, revision

_STOP_S = 1.0
_LOOK_MS = 500  # of a store that another process writes
_MARK_MS = 20_000  # a writer leaves a mark every 10 s while it has everything


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
    with listening, following(serving) as freshness:
        parts = Parts(
            store_path=serving.store,
            freshness=freshness,
            settings=serving.serve,
            identity=identity_of(serving),
            clock_ms=_clock_ms,
            explain=None if is_replay(serving.store) else _explain(serving.worker),
            layout_path=landmark_path(serving.store),
            limits=serving.worker.training,
            is_stopping=stop.is_set,
        )
        Server(build_app(parts), stop, lambda: tell(url_of(listening))).run([listening])


@contextmanager
def following(serving: Serving) -> Iterator[Callable[[], Freshness]]:
    """Follow the topics, or read what another process writes; give the way to ask how old the store is."""
    if is_replay(serving.store):
        yield _of_replay(serving.store)
        return
    serving.store.parent.mkdir(parents=True, exist_ok=True)
    try:
        follower = TopicFollower(serving.worker.connection, serving.store, serving.policy)
    except StoreBusyError:
        yield _of_other_writer(serving.store)
        return
    follower.start()
    try:
        yield follower.freshness
    finally:
        stopping = Thread(target=follower.stop, name="stop", daemon=True)
        stopping.start()
        stopping.join(_STOP_S)  # a client that waits for a broker is left behind: all that was written is committed


def _of_replay(path: Path) -> Callable[[], Freshness]:
    with closing(open_store(path)) as store:
        found = file_freshness(store)
    return lambda: found


def _of_other_writer(path: Path) -> Callable[[], Freshness]:
    """Return the freshness of a store that another process writes, by the mark that it leaves every few seconds."""
    started_ms = _clock_ms()
    looked_ms, complete_ms, at = 0, 0, 0

    def freshness() -> Freshness:
        nonlocal looked_ms, complete_ms, at
        now_ms = _clock_ms()
        if now_ms - looked_ms > _LOOK_MS:
            with closing(open_store(path)) as store:
                looked_ms, complete_ms, at = now_ms, int(store.fact(COMPLETE) or 0), revision(store)
        behind_ms = max(0, now_ms - complete_ms) if complete_ms else 0
        state = State.LIVE if complete_ms and behind_ms < _MARK_MS else State.CATCHING_UP
        return Freshness(state, 0, behind_ms, started_ms, at, "another process reads the topics into this store")

    return freshness


def identity_of(serving: Serving) -> Identity:
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
            from stream.explain.build import build_explainer  # 40 MB: the encoder's runtime, an extra

            explainers.append(build_explainer(settings))
        return explainers[0].explain(user, sequence)

    return explain


def _clock_ms() -> int:
    return time.time_ns() // 1_000_000
