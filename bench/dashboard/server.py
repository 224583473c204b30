"""The server in a process of its own, which tells its CPU time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread

import uvicorn

from stream.serve.app import build_app
from stream.serve.identity import Identity
from stream.serve.parts import Parts
from stream.settings import ServeSettings
from stream.store.freshness import Freshness, State

START_S = 60.0


@contextmanager
def server(store: Path) -> Iterator[tuple[int, Connection]]:
    """Serve a store; yield the port, and a pipe that answers everything with the CPU seconds so far."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(store, theirs), daemon=True)
    process.start()
    try:
        if not ours.poll(START_S):
            raise TimeoutError(f"the server did not start in {START_S:.0f} s")
        yield ours.recv(), ours
    finally:
        process.terminate()
        process.join()


def cpu_s(pipe: Connection) -> float:
    """Return the CPU seconds of the server so far."""
    pipe.send(None)
    return float(pipe.recv())


def _serve(store: Path, pipe: Connection) -> None:
    fresh = Freshness(State.LIVE, 0, 0, 0, 0, "")
    identity = Identity(True, "salt", b"k" * 32)
    parts = Parts(store, lambda: fresh, ServeSettings(), identity, lambda: int(time.time() * 1000))
    running = uvicorn.Server(uvicorn.Config(build_app(parts), host="127.0.0.1", port=0, log_level="warning"))

    def answer() -> None:
        while not running.started:
            time.sleep(0.01)
        pipe.send(running.servers[0].sockets[0].getsockname()[1])
        while True:
            pipe.recv()
            pipe.send(time.process_time())

    Thread(target=answer, daemon=True).start()
    running.run()
