"""The demo's worker: a real worker process with the demo's settings only, not those of the environment."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import urlopen

from stream.devkafka.guarded_process import GuardedProcess
from stream.devkafka.ports import free_port
from stream.kafka.connection import Connection

GROUP = "demo"
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

_READY_S = 120.0
_LOG_TAIL_CHARS = 2_000


class DemoError(RuntimeError):
    """A failure of the demo."""


@dataclass(frozen=True, slots=True)
class DemoWorker:
    """A running worker process, the log and the address of the metrics."""

    process: GuardedProcess
    log: Path
    url: str

    def check_alive(self) -> None:
        """Raise DemoError, with the end of the log, if the process has ended."""
        if not self.process.running():
            tail = self.log.read_text()[-_LOG_TAIL_CHARS:]
            raise DemoError(f"the worker ended by itself; the end of its log ({self.log}):\n{tail}")

    def await_ready(self) -> None:
        """Return when the worker is ready; raise DemoError at the end of the process, or after 120 s."""
        deadline = monotonic() + _READY_S
        while monotonic() < deadline:
            self.check_alive()
            try:
                urlopen(f"{self.url}/readyz", timeout=1).close()
                return
            except (URLError, TimeoutError, ConnectionError):  # not listening yet, or 503: not ready yet
                sleep(0.1)
        raise DemoError(f"the worker was not ready within {_READY_S:.0f} s; its log is {self.log}")


@contextmanager
def running_worker(connection: Connection, encoder: str) -> Iterator[DemoWorker]:
    """Run a worker until the end of the block; the log stays if the demo failed."""
    port = free_port()
    folder = Path(tempfile.mkdtemp(prefix="segue-demo-"))
    log = folder / "worker.log"
    process = GuardedProcess(_command(connection, encoder, port), log, folder)
    log_is_named = False
    try:
        yield DemoWorker(process, log, f"http://127.0.0.1:{port}")
    except DemoError:
        log_is_named = True
        raise
    finally:
        process.stop()
        if not log_is_named:
            shutil.rmtree(folder)


def _command(connection: Connection, encoder: str, port: int) -> list[str]:
    own = SETTINGS | {
        "bootstrap_servers": connection.bootstrap_servers,
        "group": GROUP,
        "instance": "demo",
        "http_port": str(port),
        "encoder": encoder,
    }
    settings = [f"SEGUE_{name.upper()}={value}" for name, value in own.items()]
    others = [argument for name in os.environ if name.startswith("SEGUE_") for argument in ("-u", name)]
    return ["env", *others, *settings, sys.executable, "-m", "stream.cli.main", "--config", os.devnull, "worker"]
