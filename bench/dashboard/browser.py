"""A listener that behaves as an open page does: it reads the stream, and fetches the page again for its live parts."""

from __future__ import annotations

from http.client import HTTPConnection
from threading import Event, Thread
from time import monotonic

REFETCH_S = 5.0  # as `parts.js`


class Browser:
    """A browser on a page. `n_bytes` counts what it read, `n_events` the events of the stream."""

    def __init__(self, port: int, path: str) -> None:
        self.n_bytes = self.n_events = 0
        self._port, self._path, self._stop = port, path, Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def leave(self) -> None:
        """Close the page."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        stream, pages = (HTTPConnection("127.0.0.1", self._port, timeout=60) for _ in range(2))
        stream.request("GET", "/live")
        lines, fetched = stream.getresponse(), monotonic()
        while not self._stop.is_set():
            line = lines.readline()
            self.n_bytes += len(line)
            self.n_events += line.startswith(b"event:")
            if monotonic() - fetched > REFETCH_S:
                fetched = monotonic()
                pages.request("GET", self._path)
                self.n_bytes += len(pages.getresponse().read())
        stream.close()
        pages.close()
