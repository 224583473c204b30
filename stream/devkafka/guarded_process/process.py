"""A child process that does not outlive this one, whatever ends this one."""

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
    """The command could not be started."""


class GuardedProcess:
    """A running command, its output appended to `log_path`, owned by the small process of `guard`.

    It is in a session of its own: Ctrl-C in a terminal reaches this process only, which then stops it in order.
    `folder`, if given, is removed should this process die without stopping it.
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
        """Whether the command has not ended yet."""
        return self._guard.poll() is None

    def wait(self) -> int:
        """Returns when the command has ended by itself: 0 if it says all went well."""
        return self._guard.wait()

    def stop(self) -> int:
        """SIGTERM, then SIGKILL if that does not help; the exit code once the command has ended. Harmless twice."""
        assert self._guard.stdin is not None
        if not self._guard.stdin.closed:
            with contextlib.suppress(BrokenPipeError):
                self._guard.stdin.write(guard.STOP)
                self._guard.stdin.flush()
        self._close()
        return self._guard.returncode

    def kill(self) -> None:
        """SIGKILL, as a crash would; returns when the command has ended."""
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
