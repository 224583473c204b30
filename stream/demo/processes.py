"""Processes of the demo: `segue` verbs with the demo's settings only, not those of the environment."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import urlopen

from stream.devkafka.guarded_process import GuardedProcess

_READY_S = 120.0
_LOG_TAIL_CHARS = 2_000


class DemoError(RuntimeError):
    """A failure of the demo."""


@dataclass(frozen=True, slots=True)
class DemoProcess:
    """A running process that answers at `url`, and the log; it is ready when `url` + `ready` answers."""

    name: str
    process: GuardedProcess
    log: Path
    url: str
    ready: str

    def check_alive(self) -> None:
        """Raise DemoError, with the end of the log, if the process has ended."""
        if not self.process.running():
            tail = self.log.read_text()[-_LOG_TAIL_CHARS:]
            raise DemoError(f"the {self.name} ended by itself; the end of its log ({self.log}):\n{tail}")

    def await_ready(self) -> None:
        """Return when the process is ready; raise DemoError at the end of the process, or after 120 s."""
        deadline = monotonic() + _READY_S
        while monotonic() < deadline:
            self.check_alive()
            try:
                urlopen(f"{self.url}{self.ready}", timeout=1).close()
                return
            except (URLError, TimeoutError, ConnectionError):  # not listening yet, or 503: not ready yet
                sleep(0.1)
        raise DemoError(f"the {self.name} was not ready within {_READY_S:.0f} s; its log is {self.log}")


@contextmanager
def demo_folder() -> Iterator[Path]:
    """Make a folder for logs and files until the end of the block; it stays if the demo failed."""
    folder = Path(tempfile.mkdtemp(prefix="segue-demo-"))
    is_named = False
    try:
        yield folder
    except DemoError:
        is_named = True  # in the error's text
        raise
    finally:
        if not is_named:
            shutil.rmtree(folder)


@contextmanager
def running(name: str, command: list[str], folder: Path, url: str, ready: str) -> Iterator[DemoProcess]:
    """Run a command, with a log in `folder`, until the end of the block."""
    log = folder / f"{name}.log"
    process = GuardedProcess(command, log, folder)
    try:
        yield DemoProcess(name, process, log, url, ready)
    finally:
        process.stop()


def verb(settings: Mapping[str, str], *arguments: str) -> list[str]:
    """Return the command of a verb of `segue` with these settings alone."""
    own = [f"SEGUE_{name.upper()}={value}" for name, value in settings.items()]
    others = [argument for name in os.environ if name.startswith("SEGUE_") for argument in ("-u", name)]
    return ["env", *others, *own, sys.executable, "-m", "stream.cli.main", "--config", os.devnull, *arguments]
