"""`EmbeddedCluster`: several brokers on this machine, with replicated topics, one of which may fail.

Each node is broker and controller, a JVM of its own. Topics have 3 replicas and `min.insync.replicas` 2, those of
consumer groups and transactions too. No authentication, only on 127.0.0.1: not for production.
"""

import shutil
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from stream.devkafka.broker import N_BIND_ATTEMPTS, kafka_jars, temporary_folder
from stream.devkafka.errors import BrokerStartError, EmbeddedKafkaError, PortTakenError
from stream.devkafka.node import KafkaNode
from stream.devkafka.ports import free_ports, is_free
from stream.devkafka.properties import NodePorts, cluster_properties, new_cluster_id
from stream.devkafka.ready import is_ready

LOOK_S = 0.5


class EmbeddedCluster:
    """A cluster that runs inside the `with` block, or between `start()` and `stop()`.

    Data are in a folder for each broker in `data_dir`, which is reused if it has data and is never removed. Without one
    they are in a temporary folder, removed at the end unless `keep`. The brokers' ports are `port`, `port` + 1, and so
    on; 0 takes free ones. `advertised_ports` sends clients to other ports, where a proxy may be in front of each
    broker. `properties` override the settings of every broker.
    """

    def __init__(
        self,
        n_brokers: int = 3,
        data_dir: Path | None = None,
        port: int = 0,
        keep: bool = False,
        heap_mb: int = 256,
        start_timeout_s: float = 120.0,
        properties: Mapping[str, str] | None = None,
        advertised_ports: Sequence[int] = (),
    ) -> None:
        self.folder = data_dir.absolute() if data_dir else temporary_folder()
        self.n_brokers, self.nodes, self.ports = n_brokers, list[KafkaNode](), list[NodePorts]()
        self._fixed = [port + at for at in range(n_brokers)] if port else []
        self._passing = data_dir is None and not keep
        self._heap_mb, self._start_timeout_s = heap_mb, start_timeout_s
        self._properties, self._advertised = dict(properties or {}), list(advertised_ports)
        self._cluster_id = ""

    @property
    def bootstrap_servers(self) -> str:
        """Advertised addresses of all brokers, for any Kafka client."""
        if not self.ports:
            raise RuntimeError("the cluster has no address before its first start")
        return ",".join(f"127.0.0.1:{ports.advertised}" for ports in self.ports)

    def start(self) -> Self:
        """Start all brokers and wait until each knows all. Download Kafka first if it is not in the cache."""
        if self.nodes:
            raise RuntimeError("the cluster was started already")
        jars = kafka_jars()
        self._check_folder()
        removed = self.folder if self._passing else None
        folders = [self.folder / f"broker-{at + 1}" for at in range(self.n_brokers)]
        self.nodes = [KafkaNode(jars, folder, self._heap_mb, removed) for folder in folders]
        try:
            self._launch()
        except EmbeddedKafkaError as error:
            self._end(remove=not isinstance(error, BrokerStartError))  # which names the log in that folder
            raise
        except BaseException:
            self._end(remove=True)
            raise
        return self

    def stop(self) -> None:
        """Stop all brokers in order, and remove a temporary folder. A second call has no effect."""
        self._end(remove=True)

    def restart(self, at: int) -> None:
        """Start the ended broker `at` (from 0) on its ports, and wait until it knows the running ones."""
        node = self.nodes[at]
        node.stop()  # the rest of a process that ended by itself
        node.launch()
        if not node.await_answer(partial(self._is_ready, at, self.n_running()), self._start_timeout_s):
            raise PortTakenError(self.ports[at].clients)

    def n_running(self) -> int:
        """Return the number of brokers whose process runs."""
        return sum(node.is_running() for node in self.nodes)

    def wait(self) -> None:
        """Wait until a broker ends by itself, then raise BrokerStartError with the end of its log."""
        while True:
            for node in self.nodes:
                if not node.is_running():
                    raise BrokerStartError("ended by itself", node.log_path)
            time.sleep(LOOK_S)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _launch(self) -> None:
        for _ in range(N_BIND_ATTEMPTS):
            for port in self._fixed:
                if not is_free(port):
                    raise PortTakenError(port)
            self.ports = self._draw_ports()
            self._configure()
            for node in self.nodes:
                node.launch()
            ready = [partial(self._is_ready, at, self.n_brokers) for at in range(self.n_brokers)]
            if all(
                node.await_answer(each, self._start_timeout_s) for node, each in zip(self.nodes, ready, strict=True)
            ):
                return
            self._stop_all()
        raise PortTakenError(self.ports[0].clients)

    def _configure(self) -> None:
        for at, node in enumerate(self.nodes):
            node.configure(cluster_properties(self.ports, at, node.data) | self._properties)
        with ThreadPoolExecutor(self.n_brokers) as pool:  # a JVM for each
            [self._cluster_id] = set(pool.map(KafkaNode.format, self.nodes, [new_cluster_id()] * self.n_brokers))

    def _draw_ports(self) -> list[NodePorts]:
        n = self.n_brokers
        drawn = free_ports(3 * n)
        clients = self._fixed or drawn[:n]
        return [
            NodePorts(*each)
            for each in zip(clients, drawn[n : 2 * n], drawn[2 * n :], self._advertised or clients, strict=True)
        ]

    def _is_ready(self, at: int, n_known: int) -> bool:
        return is_ready(self.ports[at].clients, self._cluster_id, n_known)

    def _check_folder(self) -> None:
        """Raise EmbeddedKafkaError if the folder has data of another number of brokers."""
        present = {path.parent.name for path in self.folder.glob("broker-*/data")}
        if (self.folder / "data").exists():
            raise EmbeddedKafkaError(f"{self.folder} has the data of a single broker: start it with --brokers 1")
        if present and len(present) != self.n_brokers:
            raise EmbeddedKafkaError(
                f"{self.folder} has the data of {len(present)} brokers: start it with --brokers {len(present)}"
            )

    def _stop_all(self) -> None:
        """Stop one broker after another. The last one is killed: without a quorum it would wait to say goodbye."""
        *others, last = self.nodes
        for node in others:
            node.stop()
        if others and last.is_running():
            last.kill()
        last.stop()

    def _end(self, remove: bool) -> None:
        if self.nodes:
            self._stop_all()
            self.nodes = []
        if remove and self._passing:
            shutil.rmtree(self.folder, ignore_errors=True)
