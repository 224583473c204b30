"""Servers to measure: each a process of its own that prints its address."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from bench.harness.deployment import BenchmarkError
from stream.devkafka.guarded_process import GuardedProcess

_DEADLINE_S = 120.0
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A running server."""

    pid: int
    host: str
    port: int

    def cpu_s(self) -> float:
        """Return the time on a processor so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S

    def memory_mb(self) -> float:
        """Return the resident memory; pages of the store's file that are mapped count too."""
        found = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text(), re.MULTILINE)
        return int(found[1]) / 1000 if found else 0.0


def served(store: Path, *flags: str) -> Sequence[str]:
    """Return the command of `segue serve` on a store."""
    unset = [f"--unset={name}" for name in os.environ if name.startswith("SEGUE_")]
    return [
        "env",
        *unset,
        sys.executable,
        "-m",
        "stream.cli.main",
        "serve",
        "--serve-port=0",
        f"--store={store}",
        *flags,
    ]


def bare(store: Path) -> Sequence[str]:
    """Return the command of the reference."""
    return [sys.executable, "-m", "bench.api.reference", str(store)]


@contextmanager
def running(command: Sequence[str], log: Path) -> Iterator[Server]:
    """Start a server, wait for its address, and stop it at the end of the `with` block."""
    log.unlink(missing_ok=True)
    process = GuardedProcess(command, log)
    try:
        deadline = monotonic() + _DEADLINE_S
        while not (found := re.search(r"http://([\d.]+):(\d+)", log.read_text())):
            if monotonic() > deadline or not process.running():
                raise BenchmarkError(f"the server did not start:\n{log.read_text()[-2_000:]}")
            sleep(0.05)
        yield Server(process.pid, found[1], int(found[2]))
    finally:
        process.stop()
