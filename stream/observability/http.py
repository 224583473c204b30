"""The endpoints `/metrics`, `/healthz` and `/readyz` of a process, on a thread of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any, Protocol
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

_POLL_S = 0.1  # `close` waits at most this long


class HttpPortError(OSError):
    """An HTTP port is in use."""


class Health(Protocol):
    """Health of a process, asked from the server's thread."""

    def is_healthy(self) -> bool:
        """Return False if a restart may help."""
        ...

    def is_ready(self) -> bool:
        """Return True if the process does its work."""
        ...

    def report(self) -> dict[str, object]:
        """Return the figures behind both answers."""
        ...


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    allow_reuse_address = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the parent's name
        """Log nothing: a scrape every few seconds is not worth a line."""


class HttpServer:
    """A server that runs from construction until `close`. Port 0 takes a free one; `port` is the one taken.

    `settings` begins the names of both settings, for the sentence about a port that is taken.
    """

    def __init__(
        self, host: str, port: int, registry: CollectorRegistry, health: Health, settings: str = "SEGUE_HTTP"
    ) -> None:
        try:
            self._server = make_server(host, port, _application(registry, health), _Server, _Quiet)
        except OSError as error:
            raise HttpPortError(
                f"can not listen on {host}:{port} ({error.strerror}): choose a free port, or 0 for any "
                f"({settings}_PORT), on an address of this machine ({settings}_HOST)"
            ) from error
        self.port: int = self._server.server_port
        self._thread = Thread(target=self._server.serve_forever, args=(_POLL_S,), name="http", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _application(registry: CollectorRegistry, health: Health) -> Callable[..., Iterable[bytes]]:
    metrics = make_wsgi_app(registry)
    checks = {"/healthz": health.is_healthy, "/readyz": health.is_ready}

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            return list(metrics(environ, start_response))
        if path not in checks:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"/metrics /healthz /readyz\n"]
        status = "200 OK" if checks[path]() else "503 Service Unavailable"
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps(health.report()).encode() + b"\n"]

    return application
