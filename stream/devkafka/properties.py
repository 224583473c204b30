"""Configurations of brokers on 127.0.0.1: a single node, and a node of a replicated cluster. Timeouts are short.

Source: Apache Kafka 4.2, "Broker Configs". Other settings have Kafka's default, for example `message.max.bytes`.
"""

import base64
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

NODE_ID = 1
MIB = 1 << 20


@dataclass(frozen=True)
class NodePorts:
    """Ports of a cluster's node: for clients, for other brokers, and of its controller.

    `advertised` is where clients are sent: `clients`, or a proxy in front of it.
    """

    clients: int
    brokers: int
    controller: int
    advertised: int


def new_cluster_id() -> str:
    """Return a random id of a new cluster."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


def server_properties(port: int, controller_port: int, data: Path) -> dict[str, str]:
    """Return the `server.properties` of a node that is both broker and controller (KRaft)."""
    listeners = f"PLAINTEXT://127.0.0.1:{port}"
    return {
        "process.roles": "broker,controller",
        "node.id": str(NODE_ID),
        "controller.quorum.voters": f"{NODE_ID}@127.0.0.1:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"{listeners},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": listeners,
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(data),
        **replication(1),
        **BROKER,
        **QUICK_GROUPS,
        **SMALL,
    }


def cluster_properties(nodes: Sequence[NodePorts], at: int, data: Path) -> dict[str, str]:
    """Return the `server.properties` of the node `at` of a cluster. Each node is broker and controller (KRaft)."""
    own = nodes[at]
    brokers = f"BROKERS://127.0.0.1:{own.brokers}"
    listeners = f"PLAINTEXT://127.0.0.1:{own.clients},{brokers},CONTROLLER://127.0.0.1:{own.controller}"
    return {
        "process.roles": "broker,controller",
        "node.id": str(at + 1),
        "controller.quorum.voters": ",".join(f"{i + 1}@127.0.0.1:{node.controller}" for i, node in enumerate(nodes)),
        "controller.listener.names": "CONTROLLER",
        "listeners": listeners,
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{own.advertised},{brokers}",
        "inter.broker.listener.name": "BROKERS",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,BROKERS:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(data),
        **replication(len(nodes)),
        **BROKER,
        **QUICK_GROUPS,
        **SMALL,
    }


def replication(n_nodes: int) -> dict[str, str]:
    """Return the replication of topics, Kafka's own included: three copies, two of which acknowledge a write."""
    n_replicas, n_in_sync = str(min(3, n_nodes)), str(min(2, n_nodes))
    return {
        "default.replication.factor": n_replicas,
        "min.insync.replicas": n_in_sync,
        "offsets.topic.replication.factor": n_replicas,
        "transaction.state.log.replication.factor": n_replicas,
        "transaction.state.log.min.isr": n_in_sync,
        "share.coordinator.state.topic.replication.factor": n_replicas,
        "share.coordinator.state.topic.min.isr": n_in_sync,
    }


BROKER = {
    "auto.create.topics.enable": "false",
    "broker.heartbeat.interval.ms": "500",
    "broker.session.timeout.ms": "3000",  # default 9 s: how long a killed broker waits to be let in again
}

QUICK_GROUPS = {
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",  # classic groups: the client chooses, from here up
    "group.consumer.min.heartbeat.interval.ms": "500",  # KIP-848 groups: the broker chooses
    "group.consumer.heartbeat.interval.ms": "1000",
    "group.consumer.min.session.timeout.ms": "1000",
    "group.consumer.session.timeout.ms": "6000",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",  # default 10 s: a takeover would wait it
}

SMALL = {
    "offsets.topic.num.partitions": "8",  # default 50: each is a folder with files, created at first use
    "transaction.state.log.num.partitions": "8",
    "share.coordinator.state.topic.num.partitions": "8",
    "log.segment.bytes": str(64 * MIB),  # default 1 GiB: retention and compaction work on whole segments only
    "log.cleaner.enable": "true",
    "log.cleaner.dedupe.buffer.size": str(8 * MIB),  # default 128 MiB, allocated at start: half of the heap
    "log.retention.hours": "168",
    "num.io.threads": "4",
    "num.network.threads": "2",
}


def render(properties: Mapping[str, str]) -> str:
    """Return the text of a Java properties file, one setting a line.

    >>> render({"node.id": "1"})
    'node.id=1\\n'
    """
    return "".join(f"{key}={_escaped(value)}\n" for key, value in properties.items())


def _escaped(value: str) -> str:
    r"""Return a value that Java reads back unchanged: backslashes doubled, all but ASCII as \uXXXX (UTF-16 units)."""
    units = value.replace("\\", "\\\\").encode("utf-16-be")
    codes = [int.from_bytes(units[i : i + 2]) for i in range(0, len(units), 2)]
    return "".join(chr(code) if 32 <= code < 127 else f"\\u{code:04x}" for code in codes)
