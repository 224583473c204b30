"""Feed of the demo's purchases, limited by a rate and by the worker's lag."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from threading import Event, Thread

from stream.files.complete_journey import declarations, purchases
from stream.kafka.connection import Connection
from stream.kafka.producer import EventProducer, Pace

LAG_MAX = 20_000  # records that may wait before the feed pauses: a demo shows the present, not a queue
_PAUSE_S = 0.05


class Feed:
    """A sender on a thread of its own, until the data end or `stop` is called.

    `lag` returns the number of records not yet read by the worker. An exception of the thread is kept in `error`.
    """

    def __init__(self, connection: Connection, rate: float, lag: Callable[[], int]) -> None:
        self.error: BaseException | None = None
        self._events: Iterator[tuple[bytes, bytes]] = chain(declarations(), purchases())
        self._producer = EventProducer(connection)
        self._rate, self._lag, self._stop = rate, lag, Event()
        self._thread = Thread(target=self._run, name="feed")

    @property
    def n_sent(self) -> int:
        """Number of messages handed to Kafka."""
        return self._producer.n_sent

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def is_running(self) -> bool:
        """Return True if the thread is alive."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Stop the thread; all sent messages are acknowledged on return."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            pace = Pace(self._rate)
            for key, value in self._events:
                if self._stop.is_set():
                    break
                while self._lag() > LAG_MAX and not self._stop.wait(_PAUSE_S):
                    pass
                self._producer.send(key, value)
                pace.wait()
            self._producer.flush()
        except BaseException as error:  # noqa: BLE001  handed to the main thread, which raises it
            self.error = error
