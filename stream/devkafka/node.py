"""One Kafka process with its folder: configured, formatted, started, and ended in order or not."""

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from stream.devkafka.errors import BrokerStartError
from stream.devkafka.guarded_process import GuardedProcess, ProcessStartError
from stream.devkafka.java import java_command
from stream.devkafka.properties import render

POLL_S = 0.05
BIND_FAILURE = "failed to bind to"  # kafka.network.SocketServer, SocketServer and the controller alike
CLUSTER_ID = "cluster.id="


class KafkaNode:
    """A node whose data, log and `server.properties` are in `folder`.

    The folder `removed_with` is removed if this process dies.
    """

    def __init__(self, jars: Sequence[Path], folder: Path, heap_mb: int, removed_with: Path | None) -> None:
        self.folder = folder
        self._jars, self._heap_mb, self._removed_with = jars, heap_mb, removed_with
        self._process: GuardedProcess | None = None
        self._n_logged = 0

    @property
    def log_path(self) -> Path:
        """Log file, appended to at every start."""
        return self.folder / "broker.log"

    @property
    def data(self) -> Path:
        """Folder of the topics' data."""
        return self.folder / "data"

    @property
    def pid(self) -> int:
        """Process id of the JVM."""
        return self._running().pid

    def configure(self, properties: Mapping[str, str]) -> None:
        """Write the settings of the next start."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._settings.write_text(render(properties))

    def format(self, new_id: str) -> str:
        """Format a new data folder. Return the id of the cluster that the folder belongs to."""
        stamp = self.data / "meta.properties"
        if not stamp.exists():
            tool = ["kafka.tools.StorageTool", "format", f"--cluster-id={new_id}", f"--config={self._settings}"]
            if self._run(*tool).wait() != 0:
                raise BrokerStartError("could not format its data folder", self.log_path)
            self.stop()
        lines = stamp.read_text().splitlines()
        return next(line.removeprefix(CLUSTER_ID) for line in lines if line.startswith(CLUSTER_ID))

    def launch(self) -> None:
        """Start the JVM and return at once."""
        if self._process is not None:
            raise RuntimeError("the broker was started already")
        self._n_logged = self.log_path.stat().st_size if self.log_path.exists() else 0
        self._run("kafka.Kafka", str(self._settings))

    def await_answer(self, is_ready: Callable[[], bool], within_s: float) -> bool:
        """Return True once it is ready, False if another process took one of its ports first."""
        deadline_s = time.monotonic() + within_s
        while time.monotonic() < deadline_s:
            if not self._running().running():
                if BIND_FAILURE in self.log_path.read_bytes()[self._n_logged :].decode(errors="replace"):
                    return False
                raise BrokerStartError("ended while starting", self.log_path)
            if is_ready():
                return True
            time.sleep(POLL_S)
        raise BrokerStartError(f"did not answer within {within_s:g} s", self.log_path)

    def is_running(self) -> bool:
        """Return True between a start and the end of the JVM."""
        return self._process is not None and self._process.running()

    def wait(self) -> None:
        """Wait until the JVM ends by itself."""
        self._running().wait()

    def stop(self) -> None:
        """Stop in order, by SIGTERM. A second call has no effect."""
        if self._process is not None:
            if self._process.running():
                self.resume()
            self._process.stop()
            self._process = None

    def kill(self) -> None:
        """End by SIGKILL."""
        self._running().kill()
        self._process = None

    def pause(self) -> None:
        """Send SIGSTOP: the JVM stands still, and its connections stay open."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Send SIGCONT. A process that was not paused, or has just ended, does not notice."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGCONT)

    @property
    def _settings(self) -> Path:
        return self.folder / "server.properties"

    def _running(self) -> GuardedProcess:
        if self._process is None:
            raise RuntimeError("the broker is not running")
        return self._process

    def _run(self, main_class: str, *arguments: str) -> GuardedProcess:
        command = java_command(self._jars, self._heap_mb, main_class, *arguments)
        try:
            self._process = GuardedProcess(command, self.log_path, self._removed_with)
        except ProcessStartError as error:
            raise BrokerStartError("could not be started", self.log_path) from error
        return self._process
