"""The consumer of a worker in its group: membership, and librdkafka's settings."""

from __future__ import annotations

from dataclasses import dataclass

from stream.kafka.connection import METADATA_MS, Connection

_POLL_INTERVAL_MS = 300_000  # librdkafka's default


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A worker's part in the consumer group. `instance` is the static member's name, empty for a dynamic member."""

    group: str
    instance: str
    session_timeout_ms: int


def consumer_settings(connection: Connection, member: GroupMember) -> dict[str, object]:
    """Return librdkafka's settings of the group's consumer."""
    static = {"group.instance.id": member.instance} if member.instance else {}
    return (
        connection.confluent()
        | static
        | {
            "group.id": connection.namespace.qualify(member.group),
            "partition.assignment.strategy": "cooperative-sticky",
            "session.timeout.ms": member.session_timeout_ms,
            "max.poll.interval.ms": max(
                _POLL_INTERVAL_MS, member.session_timeout_ms
            ),  # the client refuses a shorter one
            "heartbeat.interval.ms": max(500, member.session_timeout_ms // 5),
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "enable.partition.eof": True,
            "topic.metadata.refresh.interval.ms": METADATA_MS,
            "auto.offset.reset": "error",  # never silently: see `follow_log`
            "fetch.queue.backoff.ms": 5,  # the default of 1 s idles the loop at two thirds of its speed
            "queued.min.messages": 100_000,
        }
    )
