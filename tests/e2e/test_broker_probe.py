"""The broker probe of the Faust engine on a transactional log."""

from __future__ import annotations

import pytest
from confluent_kafka import Producer

from stream.wire.topics import USER_EVENTS
from tests.e2e.conftest import Deploy
from tests.e2e.waiting import eventually

pytest.importorskip("faust", reason="needs the extra `faust`")

from stream.engines.faust.broker_probe import BrokerProbe


def test_the_probe_skips_markers_and_stops_at_an_open_transaction(deploy: Deploy) -> None:
    # offsets:   0 record   1 marker   2 aborted   3 marker   │ 4 open     the end is 4 until the transaction ends
    deployment = deploy()
    connection, topic = deployment.connection, deployment.connection.namespace.qualify(USER_EVENTS)
    producer = Producer(connection.confluent() | {"transactional.id": connection.namespace.qualify("test")})
    producer.init_transactions(30)
    for value, end in ((b"true", producer.commit_transaction), (b"aborted", producer.abort_transaction)):
        producer.begin_transaction()
        producer.produce(topic, value, key=b"ann", partition=0)
        producer.flush()
        end()
    producer.begin_transaction()
    producer.produce(topic, b"open", key=b"ann", partition=0)
    producer.flush()
    probe = BrokerProbe(connection, USER_EVENTS, "looker")
    assert probe.bounds(0) == (0, 4)
    assert [raw.value for raw in probe.records(0, 0, 4)] == [b"true"]
    assert probe.is_read_to_end(0, 1)
    assert not probe.is_read_to_end(0, 0)
    producer.commit_transaction()
    eventually(lambda: probe.bounds(0)[1] > 4, "the marker of the commit")
    assert [raw.value for raw in probe.records(0, 4, probe.bounds(0)[1])] == [b"open"]
    assert [probe.committed(partition) for partition in (0, 1)] == [-1001, -1001]
    probe.close()
