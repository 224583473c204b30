"""The demo's dashboard and report: the verbs `segue serve` and `segue report`, if their extras are installed."""

from __future__ import annotations

import subprocess
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path

from stream.demo.processes import DemoError, DemoProcess, running, verb
from stream.devkafka.ports import free_port

_NEEDED = ("cryptography", "fastapi", "jinja2", "uvicorn")


def has_dashboard() -> bool:
    """Return True if the packages of the dashboard are installed."""
    return all(find_spec(name) for name in _NEEDED)


def running_dashboard(settings: dict[str, str], folder: Path) -> AbstractContextManager[DemoProcess]:
    """Run the dashboard until the end of the block; the store is in `folder`."""
    port = free_port()
    command = verb(settings, "serve", "--serve-port", str(port), "--store", str(_store(folder)))
    return running("dashboard", command, folder, f"http://127.0.0.1:{port}", "/healthz")


def write_report(settings: dict[str, str], folder: Path, out: Path) -> None:
    """Write a report of the store in `folder`; raise DemoError if that fails, and KeyboardInterrupt at Ctrl-C."""
    done = subprocess.run(verb(settings, "report", "--store", str(_store(folder)), "--out", str(out)), check=False)
    if done.returncode == 130:
        raise KeyboardInterrupt
    if done.returncode:
        raise DemoError(f"`segue report` ended with exit code {done.returncode}; what it said is above")


def _store(folder: Path) -> Path:
    return folder / "demo.db"
