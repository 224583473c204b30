"""A sink as a process: one loop that reads members, and sends what the endpoint does not know yet."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from threading import Event
from time import monotonic, time

import structlog

from stream.observability.http import HttpServer
from stream.sink.delivery import Delivery, Surroundings
from stream.sink.endpoint import Answer, Endpoint
from stream.sink.errors import SinkError
from stream.sink.ledger import Ledger
from stream.sink.message import Message
from stream.sink.metrics import SinkHealth, SinkMetrics, figures_of
from stream.sink.policy import SinkPolicy
from stream.sink.setup import SinkSetup
from stream.sink.topic import MembershipReader

_STEP_S = 0.1

log = structlog.get_logger()


def run_sink(setup: SinkSetup, stop: Event, is_repair: bool = False) -> None:
    """Keep the endpoint's audiences up to date until `stop`; a request in progress ends first.

    A repair reads all members anew, sends what is due, refused messages too, and returns. Raise SinkError for a
    ledger that cannot be used, StoreError for a file that is no ledger, HttpPortError for a taken port.
    """
    try:
        with _parts(setup, stop, is_repair) as loop:
            loop.run(until_done=is_repair)
    except sqlite3.OperationalError as error:  # the disk is full, or gone: nothing may be sent that is not written down
        raise SinkError(f"the ledger {setup.ledger} cannot be written: {error}; make room, and start again") from error


class SinkLoop:
    """A loop that reads and sends, in one thread."""

    def __init__(
        self, ledger: Ledger, reader: MembershipReader, endpoint: Endpoint, policy: SinkPolicy, stop: Event
    ) -> None:
        self._ledger, self._reader, self._policy, self._stop = ledger, reader, policy, stop
        self.health = SinkHealth(reader.why_not, lambda: reader.progress)
        self.metrics = SinkMetrics(lambda: figures_of(ledger.path), lambda: reader.progress)
        self._delivery = Delivery(ledger, endpoint, policy, Surroundings(self._prepare, self._pause, self))

    def run(self, until_done: bool = False) -> None:
        """Turn until the stop, or until nothing is due or the endpoint does not answer."""
        if until_done and not self._prepare():
            return
        while not self._stop.is_set():
            self._turn()
            if self._reader.is_complete(self._reader.progress) and (batch := self._due()):
                if not self._delivery.deliver(batch) and until_done:
                    return
            elif until_done:
                return

    def answered(self, answer: Answer, seconds: float) -> None:
        """Take in an answer of the endpoint."""
        self.metrics.answered(answer, seconds)
        self.health.answered(answer)

    def settled(self, messages: Sequence[Message], outcome: str) -> None:
        """Take in what became of messages."""
        self.metrics.settled(messages, outcome)

    def _due(self) -> list[Message]:
        return self._ledger.due(self._policy.sink_batch, self._policy.sink_min_audience)

    def _turn(self) -> None:
        self._reader.step()
        self._ledger.expire(int(time() * 1000))
        self.health.turned()

    def _prepare(self) -> bool:
        """Read every record that is committed now. Return False if the sink is to stop."""
        if self._stop.is_set() or not self._reader.catch_up(self._is_stopping):
            return False
        self._ledger.expire(int(time() * 1000))
        return True

    def _is_stopping(self) -> bool:
        self.health.turned()
        return self._stop.is_set()

    def _pause(self, seconds: float) -> None:
        deadline_s = monotonic() + seconds
        while not self._stop.is_set() and (left_s := deadline_s - monotonic()) > 0:
            if left_s > _STEP_S:
                self._turn()
            else:
                self._stop.wait(left_s)


@contextmanager
def _parts(setup: SinkSetup, stop: Event, is_repair: bool) -> Iterator[SinkLoop]:
    """Open everything; a repair has no metrics, since it ends by itself."""
    policy = setup.policy
    setup.ledger.parent.mkdir(parents=True, exist_ok=True)
    with (
        closing(Ledger(setup.ledger, setup.endpoint, setup.gate)) as ledger,
        closing(MembershipReader(setup.connection, ledger)) as reader,
        closing(Endpoint(setup.url, policy.headers(), policy.sink_timeout_s)) as endpoint,
    ):
        loop = SinkLoop(ledger, reader, endpoint, policy, stop)
        if is_repair:
            ledger.read_anew()
            yield loop
            return
        server = HttpServer(
            policy.sink_http_host, policy.sink_http_port, loop.metrics.registry, loop.health, "SEGUE_SINK_HTTP"
        )
        with closing(server):
            address = f"http://{policy.sink_http_host}:{server.port}"
            log.info("sink started", endpoint=setup.endpoint, ledger=str(setup.ledger), http=address)
            yield loop
            log.info("sink stopped")
