"""`EmbeddedKafka`: a real Apache Kafka as a child process, for a first try, a demo or a test.

One node, no replication, no authentication, only on 127.0.0.1: not for production.
"""

import base64
import os
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from stream.devkafka.errors import BrokerStartError, EmbeddedKafkaError, PortTakenError
from stream.devkafka.guarded_process import GuardedProcess, ProcessStartError
from stream.devkafka.jars import KAFKA_VERSION, cache_folder, ensure_jars, fetch_with_jgo, locked_jars
from stream.devkafka.java import java_command
from stream.devkafka.ports import free_port, is_free
from stream.devkafka.properties import render, server_properties
from stream.devkafka.ready import is_ready

N_BIND_ATTEMPTS = 5  # each draws new ports: two brokers that start at once may draw the same one
POLL_S = 0.05
BIND_FAILURE = "failed to bind to"  # kafka.network.SocketServer, SocketServer and the controller alike


class EmbeddedKafka:
    """A broker that runs inside the `with` block, or between `start()` and `stop()`.

    Its data are in `data_dir`, which is reused if it has data and is never removed. Without one they are in a temporary
    folder, removed at the end unless `keep`. Port 0 takes a free port at the first start and keeps it. `properties`
    override the broker's settings.
    """

    def __init__(
        self,
        data_dir: Path | None = None,
        port: int = 0,
        keep: bool = False,
        heap_mb: int = 256,
        start_timeout_s: float = 60.0,
        properties: Mapping[str, str] | None = None,
    ) -> None:
        temporary = Path(tempfile.gettempdir()) / f"segue-kafka-{uuid.uuid4().hex[:12]}"
        self.folder = data_dir.absolute() if data_dir else temporary
        self.port = port
        self._passing = data_dir is None and not keep
        self._heap_mb = heap_mb
        self._start_timeout_s = start_timeout_s
        self._properties = dict(properties or {})
        self._process: GuardedProcess | None = None

    @property
    def bootstrap_servers(self) -> str:
        """Address of the broker, for any Kafka client."""
        if self.port == 0:
            raise RuntimeError("the broker has no address before its first start")
        return f"127.0.0.1:{self.port}"

    @property
    def log_path(self) -> Path:
        """Log file of the broker, appended to at every start."""
        return self.folder / "broker.log"

    @property
    def pid(self) -> int:
        """Process id of the JVM."""
        return self._running().pid

    def start(self) -> Self:
        """Start the broker and wait until it answers. Download Kafka first if it is not in the cache."""
        if self._process is not None:
            raise RuntimeError("the broker was started already")
        if sys.platform == "win32":
            raise EmbeddedKafkaError("this broker runs on Linux and macOS; on Windows use WSL, or `docker compose up`")
        jars = ensure_jars(cache_folder(os.environ) / f"kafka-{KAFKA_VERSION}", locked_jars(), fetch_with_jgo)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._launch(jars)
        except EmbeddedKafkaError as error:
            self._end(remove=not isinstance(error, BrokerStartError))  # which names the log in that folder
            raise
        except BaseException:
            self._end(remove=True)
            raise
        return self

    def stop(self) -> None:
        """Stop the broker in order, and remove a temporary folder. A second call has no effect."""
        self._end(remove=True)

    def wait(self) -> None:
        """Wait until the broker ends by itself."""
        self._running().wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _running(self) -> GuardedProcess:
        if self._process is None:
            raise RuntimeError("the broker is not running")
        return self._process

    def _end(self, remove: bool) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None
        if remove and self._passing:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _launch(self, jars: list[Path]) -> None:
        """Start the JVM on free ports, and wait until it answers."""
        for _ in range(N_BIND_ATTEMPTS):
            if self.port and not is_free(self.port):
                raise PortTakenError(self.port)
            port = self.port or free_port()
            settings = self._configure(port, free_port(besides=port))
            cluster_id = self._format(jars, settings)
            n_logged = self.log_path.stat().st_size if self.log_path.exists() else 0
            process = self._run(java_command(jars, self._heap_mb, "kafka.Kafka", str(settings)))
            if self._await_answer(process, port, cluster_id, n_logged):
                self.port = port
                return
            self._end(remove=False)
        raise PortTakenError(self.port)

    def _run(self, command: list[str]) -> GuardedProcess:
        try:
            self._process = GuardedProcess(command, self.log_path, self.folder if self._passing else None)
        except ProcessStartError as error:
            raise BrokerStartError("could not be started", self.log_path) from error
        return self._process

    def _configure(self, port: int, controller_port: int) -> Path:
        properties = server_properties(port, controller_port, self.folder / "data") | self._properties
        path = self.folder / "server.properties"
        path.write_text(render(properties))
        return path

    def _format(self, jars: list[Path], settings: Path) -> str:
        """Format a new data folder. Return the id of the cluster in the folder."""
        stamp = self.folder / "data" / "meta.properties"
        if not stamp.exists():
            new_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
            tool = ["kafka.tools.StorageTool", "format", f"--cluster-id={new_id}", f"--config={settings}"]
            if self._run(java_command(jars, self._heap_mb, *tool)).wait() != 0:
                raise BrokerStartError("could not format its data folder", self.log_path)
            self._end(remove=False)
        lines = stamp.read_text().splitlines()
        return next(line.removeprefix("cluster.id=") for line in lines if line.startswith("cluster.id="))

    def _await_answer(self, process: GuardedProcess, port: int, cluster_id: str, n_logged: int) -> bool:
        """Return True once this broker answers, False if another process took one of its ports first."""
        deadline_s = time.monotonic() + self._start_timeout_s
        while time.monotonic() < deadline_s:
            if not process.running():
                if BIND_FAILURE in self.log_path.read_bytes()[n_logged:].decode(errors="replace"):
                    return False
                raise BrokerStartError("ended while starting", self.log_path)
            if is_ready(port, cluster_id):
                return True
            time.sleep(POLL_S)
        raise BrokerStartError(f"did not answer within {self._start_timeout_s:g} s", self.log_path)
