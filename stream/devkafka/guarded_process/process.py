"""A child process that does not outlive this one, even if this one is killed."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from stream.devkafka.guarded_process import guard

NO_FOLDER = "-"


class ProcessStartError(RuntimeError):
    """A command could not be started."""


class GuardedProcess:
    """A running command with its output appended to `log_path`, owned by the process of `guard`.

    The command is in a session of its own, so Ctrl-C in a terminal reaches only this process, which stops it in order.
    If this process dies first, `folder` is removed.
    """

    def __init__(self, command: Sequence[str], log_path: Path, folder: Path | None = None) -> None:
        script = [sys.executable, "-I", "-S", guard.__file__, str(folder or NO_FOLDER), str(log_path)]
        with log_path.open("ab") as log:
            self._guard = subprocess.Popen(
                [*script, *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert self._guard.stdout is not None
        line = self._guard.stdout.readline()
        if not line:
            self._close()
            raise ProcessStartError(f"{command[0]} could not be started; see {log_path}")
        self.pid = int(line)

    def running(self) -> bool:
        """Return True until the command has ended."""
        return self._guard.poll() is None

    def wait(self) -> int:
        """Wait until the command ends by itself. Return its exit code."""
        return self._guard.wait()

    def stop(self) -> int:
        """Send SIGTERM, and SIGKILL 15 s later. Return the exit code. A second call has no effect."""
        assert self._guard.stdin is not None
        if not self._guard.stdin.closed:
            with contextlib.suppress(BrokenPipeError):
                self._guard.stdin.write(guard.STOP)
                self._guard.stdin.flush()
        self._close()
        return self._guard.returncode

    def kill(self) -> None:
        """Send SIGKILL, and wait until the command has ended."""
        if self.running():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self._close()

    def _close(self) -> None:
        self._guard.wait()
        for pipe in (self._guard.stdin, self._guard.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
