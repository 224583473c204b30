"""`segue app NAME` on a deployment, as its user starts it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.deployment import Deployment
from tests.e2e.waiting import eventually

_ENDS_S = 30.0


@dataclass(frozen=True, slots=True)
class RunningApp:
    """A process, with its standard output and its standard error in files."""

    process: subprocess.Popen[bytes]
    out: Path
    errors: Path

    def actions(self) -> list[dict[str, Any]]:
        """Return the actions so far; a line that is being written is left for later."""
        whole = self.out.read_bytes().rpartition(b"\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def is_ready(self) -> bool:
        """Return True once the past is read; raise AssertionError if the process has ended."""
        assert self.process.poll() is None, self.errors.read_text()
        return "actions follow" in self.errors.read_text()

    def await_action(self, **wanted: Any) -> dict[str, Any]:
        """Wait for an action with these values, and return it."""

        def found() -> list[dict[str, Any]]:
            assert self.process.poll() is None, self.errors.read_text()
            return [each for each in self.actions() if wanted.items() <= each.items()]

        return eventually(found, f"an action with {wanted}, {self.errors.read_text()[-2_000:]}")[0]

    def stop(self) -> int:
        """End it as Ctrl-C does; return the exit code."""
        self.process.terminate()
        return self.process.wait(_ENDS_S)


@contextmanager
def running_app(deployment: Deployment, *arguments: str) -> Iterator[RunningApp]:
    """Run `segue app` with these arguments until the end of the block, ready for what comes."""
    name = "-".join(arguments).replace("/", "_")[:40]
    out, errors = deployment.folder / f"{name}.jsonl", deployment.folder / f"{name}.err"
    with out.open("wb") as output, errors.open("wb") as problems:
        command = deployment.command("-m", "stream.cli.main", "app", *arguments)
        process = subprocess.Popen(command, stdout=output, stderr=problems)
    running = RunningApp(process, out, errors)
    try:
        eventually(running.is_ready, f"{name} is ready, {errors.read_text()}")
        yield running
    finally:
        process.kill()
        process.wait()
