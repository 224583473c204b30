"""A listener that behaves as an open page does: it reads the stream, and fetches the page again for its live parts."""

from __future__ import annotations

from contextlib import closing, suppress
from http.client import HTTPConnection
from socket import SHUT_RDWR
from threading import Event, Thread
from time import monotonic

REFETCH_S = 5.0  # as `parts.js`


class Browser:
    """A browser on a page. `n_bytes` counts what it read, `n_events` the events of the stream."""

    def __init__(self, port: int, path: str) -> None:
        self.n_bytes = self.n_events = 0
        self._port, self._path, self._stop = port, path, Event()
        self._stream = HTTPConnection("127.0.0.1", port, timeout=60)
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def leave(self) -> None:
        """Close the page."""
        self._stop.set()
        if self._stream.sock is not None:
            with suppress(OSError):  # the server was quicker
                self._stream.sock.shutdown(SHUT_RDWR)  # else the thread waits for the next event
        self._thread.join()

    def _run(self) -> None:
        self._stream.request("GET", "/live")
        lines, fetched = self._stream.getresponse(), monotonic()
        while not self._stop.is_set() and (line := lines.readline()):
            self.n_bytes += len(line)
            self.n_events += line.startswith(b"event:")
            if monotonic() - fetched > REFETCH_S:
                fetched = monotonic()
                self._fetch()
        self._stream.close()

    def _fetch(self) -> None:
        """Fetch the page over a connection of its own: the server closes one that was idle for five seconds."""
        with closing(HTTPConnection("127.0.0.1", self._port, timeout=60)) as connection:
            connection.request("GET", self._path)
            self.n_bytes += len(connection.getresponse().read())
