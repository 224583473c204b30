"""A real server on a free port of this machine, in a thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn
from starlette.types import ASGIApp

from tests.e2e.waiting import eventually


@contextmanager
def serving(make_app: Callable[[Callable[[], bool]], ASGIApp]) -> Iterator[str]:
    """Serve an application, made with the function that says whether the server stops; yield its address."""
    stopping: list[bool] = []
    app = make_app(lambda: bool(stopping))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = Thread(target=server.run, name="server")
    thread.start()
    try:
        eventually(lambda: server.started or not thread.is_alive(), "the server has started")
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        stopping.append(True)
        server.should_exit = True
        thread.join(60)
        assert not thread.is_alive(), "open pages hold up the end of the server"
