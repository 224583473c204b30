"""The server: a socket of its own, so that port 0 and a taken port have an answer, and an end at the first signal."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from stream.serve.errors import ServePortError
from stream.settings import ServeSettings

_GRACE_S = 2  # for answers that are being made when the process is asked to end
_BACKLOG = 2_048


def listen(settings: ServeSettings) -> socket.socket:
    """Return a listening socket; raises ServePortError."""
    host, port = settings.serve_host, settings.serve_port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return _bound(socket.socket(family, kind, protocol), address)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no host name"
        raise ServePortError(
            f"cannot listen on {host}:{port} ({reason}): choose a free port, or 0 for any (SEGUE_SERVE_PORT), on an "
            "address of this machine (SEGUE_SERVE_HOST)"
        ) from error


def _bound(listening: socket.socket, address: tuple[object, ...]) -> socket.socket:
    """Bind and listen. The socket must know its protocol: asyncio sets TCP_NODELAY only then.

    Without it each answer waits for an acknowledgement, 40 ms. `socket.create_server` makes sockets of protocol 0.
    """
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as after a restart
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def url_of(listening: socket.socket) -> str:
    """Return the address to open in a browser on this machine."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{host}:{port}"


class Server(uvicorn.Server):
    """A server that sets `stop` at SIGINT or SIGTERM and ends; at the second signal it waits for no answer."""

    def __init__(self, app: ASGIApp, stop: Event, on_started: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,  # addresses hold user ids
                server_header=False,
                proxy_headers=False,  # anyone can write X-Forwarded-For
                timeout_graceful_shutdown=_GRACE_S,
                lifespan="on",
                ws="none",
            )
        )
        self._told_to_stop, self._on_started = stop, on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and tell so."""
        await super().startup(sockets)
        if self.started:
            self._on_started()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let signals end the server; unlike the parent, raise none of them again: this is how the verb ends."""
        before = {each: signal.signal(each, self._stop) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def _stop(self, number: int, _: FrameType | None) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True
        self._told_to_stop.set()
