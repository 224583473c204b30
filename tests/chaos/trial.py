"""What faults happen to: a cluster behind a network, a deployment, a sender, and three workers with a supervisor."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic
from typing import TypeVar
from uuid import uuid4

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from stream.devkafka import EmbeddedCluster
from stream.kafka.connection import Connection
from tests.chaos.load import load
from tests.chaos.proxy import Network
from tests.chaos.sender import Sender
from tests.chaos.watch import Watch
from tests.e2e import scenario
from tests.e2e.deployment import GROUP, Deployment, Worker
from tests.e2e.waiting import eventually

N_BROKERS = 3
NAMES = ("one", "two", "three")
N_AHEAD = 4_000  # events sent and not processed: the workers never wait for one
LOOK_S, RECOVERY_S = 0.05, 240.0
SETTINGS = scenario.SETTINGS | {
    "session_timeout_ms": "6000",
    "publish_profiles": "off",  # at full load they would fill the memory of the checker
}

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Ended:
    """A worker that ended by itself, and was started again."""

    name: str
    code: int


@dataclass
class Trial:
    """Workers in `down` are so on purpose; any other that ends is started again at once."""

    cluster: EmbeddedCluster
    network: Network
    deployment: Deployment
    sender: Sender
    watch: Watch
    chance: Random
    workers: dict[str, Worker] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    ended: list[Ended] = field(default_factory=list)
    _admin: AdminClient | None = None  # a client that is collected never answers

    def admin(self) -> AdminClient:
        """Return a new client, for one question: none remembers a broker that has gone."""
        self._admin = AdminClient(self.deployment.connection.confluent() | {"log_level": 0})
        return self._admin

    def hold(self, low_s: float, high_s: float) -> None:
        """Let a fault last for a random time, while the supervisor works."""
        until_s = monotonic() + self.chance.uniform(low_s, high_s)
        self.supervise(lambda: monotonic() >= until_s, "the end of a fault", high_s + RECOVERY_S)

    def supervise(self, is_over: Callable[[], object], what: str, for_s: float = RECOVERY_S) -> None:
        """Wait until it is over, and start workers again that end by themselves."""

        def look() -> object:
            for name, worker in self.workers.items():
                if name not in self.down and not worker.process.running():
                    self.ended.append(Ended(name, worker.process.wait()))
                    self.start_worker(name)
            return is_over()

        eventually(look, what, for_s)

    def start_worker(self, name: str) -> None:
        """Start the worker of this name, again if it ran before."""
        self.down.discard(name)
        self.workers[name] = self.deployment.start_worker(name)

    def heal(self) -> None:
        """End whatever fault is at work."""
        for at, node in enumerate(self.cluster.nodes):
            self.network.cut(at, False)
            self.network.swallow(at, False)
            self.network.delay(at, 0.0)
            if node.is_running():
                node.resume()
            else:
                self.cluster.restart(at)
        for name, worker in list(self.workers.items()):
            if worker.process.running():
                os.kill(worker.process.pid, signal.SIGCONT)
            elif name in self.down:
                self.start_worker(name)

    def await_in_sync(self) -> None:
        """Wait until every replica of every topic is in sync: the next fault is one fault."""
        self.supervise(self._is_in_sync, "all replicas are in sync")

    def await_members(self) -> None:
        """Wait until every worker owns a partition again: one that runs on without any would be lost for good."""
        name = self.deployment.connection.namespace.qualify(f"{GROUP}-segment")

        def owners() -> bool:
            members = self.admin().describe_consumer_groups([name])[name].result(10).members
            return sum(bool(member.assignment.topic_partitions) for member in members) == len(NAMES)

        self.supervise(lambda: self.ask(owners), "every worker has partitions")

    def coordinator(self, group: str) -> int:
        """Return the broker (from 0) that coordinates `GROUP-group`."""
        name = self.deployment.connection.namespace.qualify(f"{GROUP}-{group}")
        found = self.ask(lambda: self.admin().describe_consumer_groups([name])[name].result(10))
        return int(found.coordinator.id) - 1

    def trainer(self) -> str:
        """Return the name of the worker that trains."""
        name = self.deployment.connection.namespace.qualify(f"{GROUP}-train")

        def look() -> str:
            members = self.admin().describe_consumer_groups([name])[name].result(10).members
            owners = [member.group_instance_id for member in members if member.assignment.topic_partitions]
            return owners[0].removesuffix("-train") if owners else ""

        return self.ask(look)

    def ask(self, question: Callable[[], Answer]) -> Answer:
        """Return the first truthy answer, or 0 as one; ask again while no broker answers."""
        answers: list[Answer] = []

        def look() -> bool:
            try:
                answers.append(question())
            except (KafkaException, TimeoutError):
                return False
            return answers[-1] is not None and answers[-1] != ""

        self.supervise(look, "an answer of the cluster")
        return answers[-1]

    def _is_in_sync(self) -> bool:
        try:
            topics = self.admin().list_topics(timeout=5).topics.values()
        except KafkaException:
            return False
        return all(len(p.isrs) == len(p.replicas) for topic in topics for p in topic.partitions.values())


@contextmanager
def trial(
    folder: Path, seed: int, segment_model: Path | None, cluster: EmbeddedCluster, network: Network
) -> Iterator[Trial]:
    """Start a deployment under load; without a segment model the workers train. Stop all at the end."""
    connection = Connection(cluster.bootstrap_servers, topic_prefix=f"{uuid4().hex[:8]}.")
    folder = folder / connection.topic_prefix
    folder.mkdir()
    settings = SETTINGS | ({"segment_model": str(segment_model)} if segment_model else {})
    with ExitStack() as stack:
        deployment = Deployment(connection, folder, settings=settings, n_replicas=min(3, cluster.n_brokers))
        stack.callback(deployment.close)
        watch = Watch(connection, deployment.n_partitions)
        sender = Sender(connection, load(), watch.total, N_AHEAD)
        made = Trial(cluster, network, deployment, sender, watch, Random(seed))
        for name in NAMES:
            made.start_worker(name)
        watch.start()
        stack.callback(watch.finish)
        sender.start()
        stack.callback(sender.finish)
        made.supervise(lambda: watch.total() > N_AHEAD, "the workers process")
        yield made


@contextmanager
def network_and_cluster() -> Iterator[tuple[Network, EmbeddedCluster]]:
    """Start three brokers, each behind a proxy to which it sends its clients."""
    with Network(N_BROKERS) as network:
        ports = [proxy.port for proxy in network.proxies]
        with EmbeddedCluster(N_BROKERS, advertised_ports=ports) as cluster:
            for proxy, own in zip(network.proxies, cluster.ports, strict=True):
                proxy.target = own.clients
            yield network, cluster
