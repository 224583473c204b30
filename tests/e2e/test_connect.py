"""The JDBC sinks of docs/integrations/connect, run by a real Kafka Connect into a real PostgreSQL."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from stream.kafka.connection import Connection
from stream.kafka.partition_reader import PartitionReader
from stream.wire.topics import SEGMENT_CHANGES, USER_SEGMENTS
from tests.e2e import scenario
from tests.e2e.conftest import Deploy
from tests.e2e.connect.postgres import postgres
from tests.e2e.connect.standalone import connect, example
from tests.e2e.deployment import Deployment
from tests.e2e.waiting import eventually

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.skipif((platform.system(), platform.machine()) != ("Linux", "x86_64"), reason="needs PostgreSQL"),
]


def test_the_tables_are_those_of_the_topics(
    deploy: Deploy, stream: list[scenario.Event], segment_model: Path, tmp_path: Path
) -> None:
    deployment = deploy(**scenario.SETTINGS | {"segment_model": str(segment_model)})
    deployment.start_worker("one")
    n_sent = deployment.send(stream[:2_000])
    deployment.await_committed(n_sent)
    erased, moved, *_ = sorted(deployment.memberships())
    n_sent += deployment.send([(erased.encode(), b'{"type": "erase", "userId": "%s"}' % erased.encode())])
    deployment.await_committed(n_sent)
    users, changes = deployment.memberships(), deployment.messages(SEGMENT_CHANGES)
    assert erased not in users
    tell_a_move(deployment, moved)
    name = deployment.connection.namespace.qualify
    with postgres() as server:
        url = f"jdbc:postgresql://127.0.0.1:{server.port}/segue"
        connectors = [
            example("user-segments-jdbc", topics=name(USER_SEGMENTS), connection_url=url),
            example("segment-changes-jdbc", topics=name(SEGMENT_CHANGES), connection_url=url),
        ]
        with connect(tmp_path, deployment.connection.bootstrap_servers, *connectors) as log:
            for connector, topic in zip(connectors, (USER_SEGMENTS, SEGMENT_CHANGES), strict=True):
                read = deployment, f"connect-{connector['name']}", name(topic), ends(deployment.messages(topic)), log
                eventually(partial(is_read, *read), f"{topic} is in the database")
        server.process.stop()
        rows = {row["user_id"]: row for row in server.rows("user_segments")}
        assert rows.keys() == users.keys()
        for user, record in users.items():
            found = rows[user]
            assert (found["segment_id"], found["segment_name"]) == (record.segment.id, record.segment.name)
            assert (found["sequence"], found["encoder"]) == (record.sequence, record.encoder)
            assert time_ms(found["since_ms"]) == record.since_ms
        of_id = {row["ce_id"]: row for row in server.rows("segment_changes")}
        assert of_id.keys() == {dict(each.headers)["ce_id"].decode() for each in changes}
        for message, change in zip(changes, deployment.changes(), strict=True):
            found = of_id[dict(message.headers)["ce_id"].decode()]
            moved_between = (found["from_id"], found["from_name"], found["to_id"], found["to_name"])
            assert moved_between == (change.from_.id, change.from_.name, change.to.id, change.to.name)
            assert (found["user_id"], found["rule"], found["summary"]) == (change.user, change.rule, change.summary)
            assert time_ms(found["decision_time_ms"]) == change.decision_time_ms


def tell_a_move(deployment: Deployment, user: str) -> None:
    """Send the tombstone of a user who moved to another partition, as a growth leaves it.

    The partition's last message is sent again after it, since a sink commits no message that it leaves out.
    """
    messages = deployment.messages(USER_SEGMENTS)
    partition = next(each.partition for each in messages if each.key == user.encode())
    *_, last = [each for each in messages if each.partition == partition and each.key != user.encode()]
    producer = Producer({"bootstrap.servers": deployment.connection.bootstrap_servers})
    topic = deployment.connection.namespace.qualify(USER_SEGMENTS)
    producer.produce(topic, None, user, partition, headers=[("segue.moved.partition", b"1")])
    producer.produce(topic, last.value, last.key, partition, headers=last.headers)
    assert producer.flush(30) == 0


def ends(messages: list[Any]) -> dict[int, int]:
    """Return the offset after the last message of each partition."""
    return {message.partition: message.offset + 1 for message in messages}


def is_read(deployment: Deployment, group: str, topic: str, ends: dict[int, int], log: Path) -> bool:
    """Return True if a sink has committed every message of a topic."""
    text = log.read_text()
    assert "Task threw an uncaught" not in text, text[-6000:]
    assert "Failed to create" not in text, text[-6000:]
    reader = PartitionReader(Connection(deployment.connection.bootstrap_servers), group)
    try:
        done = reader.committed(topic, list(ends))
    finally:
        reader.close()
    return all(done[partition] >= offset for partition, offset in ends.items())


def time_ms(text: str) -> int:
    """Return a timestamp of the database, which is in UTC."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)
