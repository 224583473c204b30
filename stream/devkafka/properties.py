"""The configuration of a single-node broker: everything on 127.0.0.1, no replication, short timeouts.

Source: Apache Kafka 4.2, "Broker Configs". Other settings have Kafka's default, for example `message.max.bytes`.
"""

from collections.abc import Mapping
from pathlib import Path

NODE_ID = 1
MIB = 1 << 20


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
        **SINGLE_NODE,
        **QUICK_GROUPS,
        **SMALL,
    }


SINGLE_NODE = {
    "auto.create.topics.enable": "false",
    "broker.heartbeat.interval.ms": "500",
    "broker.session.timeout.ms": "3000",  # default 9 s: how long a killed broker waits to be let in again
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
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
