"""`EmbeddedKafka`: a real Apache Kafka as a child process, for a first try, a demo or a test.

One node, no replication, no authentication, only on 127.0.0.1: not for production.
"""

import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from stream.devkafka.errors import BrokerStartError, EmbeddedKafkaError, PortTakenError
from stream.devkafka.jars import KAFKA_VERSION, cache_folder, ensure_jars, fetch_with_jgo, locked_jars
from stream.devkafka.node import KafkaNode
from stream.devkafka.ports import free_port, is_free
from stream.devkafka.properties import new_cluster_id, server_properties
from stream.devkafka.ready import is_ready

N_BIND_ATTEMPTS = 5  # each draws new ports: two brokers that start at once may draw the same one


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
        self.folder = data_dir.absolute() if data_dir else temporary_folder()
        self.port = port
        self._passing = data_dir is None and not keep
        self._heap_mb = heap_mb
        self._start_timeout_s = start_timeout_s
        self._properties = dict(properties or {})
        self._node: KafkaNode | None = None

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
        if self._node is not None:
            raise RuntimeError("the broker was started already")
        self._node = KafkaNode(kafka_jars(), self.folder, self._heap_mb, self.folder if self._passing else None)
        try:
            self._launch(self._node)
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
        """Wait until the broker ends by itself, then raise BrokerStartError with the end of its log."""
        self._running().wait()
        raise BrokerStartError("ended by itself", self.log_path)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _running(self) -> KafkaNode:
        if self._node is None:
            raise RuntimeError("the broker is not running")
        return self._node

    def _end(self, remove: bool) -> None:
        if self._node is not None:
            self._node.stop()
            self._node = None
        if remove and self._passing:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _launch(self, node: KafkaNode) -> None:
        """Start the JVM on free ports, and wait until it answers."""
        for _ in range(N_BIND_ATTEMPTS):
            if self.port and not is_free(self.port):
                raise PortTakenError(self.port)
            port = self.port or free_port()
            node.configure(server_properties(port, free_port(besides=(port,)), node.data) | self._properties)
            cluster_id = node.format(new_cluster_id())
            node.launch()
            if node.await_answer(partial(is_ready, port, cluster_id), self._start_timeout_s):
                self.port = port
                return
            node.stop()
        raise PortTakenError(self.port)


def kafka_jars() -> list[Path]:
    """Return the jars of Kafka; download them first if they are not in the cache."""
    if sys.platform == "win32":
        raise EmbeddedKafkaError("this broker runs on Linux and macOS; on Windows use WSL, or `docker compose up`")
    return ensure_jars(cache_folder(os.environ) / f"kafka-{KAFKA_VERSION}", locked_jars(), fetch_with_jgo)


def temporary_folder() -> Path:
    """Return a path that no other broker uses; there is no folder yet."""
    return Path(tempfile.gettempdir()) / f"segue-kafka-{uuid.uuid4().hex[:12]}"
