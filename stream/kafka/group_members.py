"""The consumer group of the workers: its members, and the records that it has not read."""

from __future__ import annotations

from time import monotonic, sleep

from confluent_kafka.admin import AdminClient

from stream.kafka.connection import Connection
from stream.kafka.partition_reader import PartitionReader
from stream.kafka.retry import retry_transient

_ASK_S = 30.0
_AGAIN_S = 0.5


def members(connection: Connection, group: str) -> list[str]:
    """Return the members of a group, each by name and host; an empty list for a group without any."""
    name = connection.namespace.qualify(group)
    admin = AdminClient(connection.confluent())
    described = retry_transient(lambda: admin.describe_consumer_groups([name])[name].result(), _ASK_S)
    return [f"{each.group_instance_id or each.client_id} on {each.host.strip('/')}" for each in described.members]


def await_empty(connection: Connection, group: str, for_s: float) -> list[str]:
    """Return the members that are left after `for_s` seconds; a stopped static member stays until its session ends."""
    deadline = monotonic() + for_s
    while (found := members(connection, group)) and monotonic() < deadline:
        sleep(_AGAIN_S)
    return found


def unread(connection: Connection, group: str, topic: str, n_partitions: int) -> int:
    """Return the number of offsets of a topic that the group has not committed."""
    reader = PartitionReader(connection, group)
    try:
        committed = reader.committed(topic, range(n_partitions))
        bounds = {p: reader.bounds(topic, p) for p in range(n_partitions)}
        return sum(max(0, high - max(low, committed.get(p, 0))) for p, (low, high) in bounds.items())
    finally:
        reader.close()
