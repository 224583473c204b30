"""The same users by two partitioners, then erasures: one state a user, no number twice, and nobody comes back."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
from confluent_kafka import Producer

from stream.bootstrap import build_encoder
from stream.settings import Process
from stream.wire.topics import USER_EVENTS
from tests.e2e import scenario
from tests.e2e.conftest import Deploy
from tests.e2e.deployment import Deployment
from tests.e2e.waiting import eventually


def send(deployment: Deployment, partitioner: str, events: list[scenario.Event]) -> None:
    """Send as a client with this partitioner does."""
    servers = deployment.connection.bootstrap_servers
    producer = Producer({"bootstrap.servers": servers, "partitioner": partitioner, "linger.ms": 5})
    for key, value in events:
        producer.produce(deployment.connection.namespace.qualify(USER_EVENTS), value, key)
        producer.poll(0)
    assert producer.flush(60) == 0


@pytest.mark.parametrize("engine", ["transactional", pytest.param("faust", marks=pytest.mark.chaos)])
def test_an_erasure_by_another_partitioner_reaches_every_user(
    deploy: Deploy, engine: str, stream: list[scenario.Event], segment_model: Path
) -> None:
    if engine == "faust":
        pytest.importorskip("faust", reason="needs the extra `faust`")
    deployment = deploy(engine, segment_model=str(segment_model), **scenario.SETTINGS)
    events = stream[:3_000]
    users = sorted({(key or b"").decode() for key, _ in events})
    worker = deployment.start_worker("one")
    send(deployment, "murmur2_random", events[:1_500])
    send(deployment, "consistent_random", events[1_500:])
    eventually(partial(is_read, deployment), "all is read")
    states = deployment.states(build_encoder(Process()), scenario.POLICY)
    assert sorted(user for state in states.values() for user in state.names()) == users, "one state each"
    sequences: dict[str, list[int]] = {}
    for change in {(c.user, c.sequence): c for c in deployment.changes()}.values():
        sequences.setdefault(change.user, []).append(change.sequence)
    assert all(sorted(numbers) == list(range(1, len(numbers) + 1)) for numbers in sequences.values())
    erasures = [(user.encode(), json.dumps({"type": "erase", "userId": user}).encode()) for user in users]
    send(deployment, "consistent_random", list(erasures))
    eventually(partial(is_read, deployment), "all is read")
    assert worker.stop() == 0
    assert not any(len(s) for s in deployment.states(build_encoder(Process()), scenario.POLICY).values())
    assert deployment.memberships() == {}
    assert "partitioner=murmur2_random" in worker.log.read_text()


def is_read(deployment: Deployment) -> bool:
    """Return True if the group has committed every record, the forwarded ones too."""
    committed = deployment.committed_offsets()
    ends = {message.partition: message.offset + 1 for message in deployment.messages(USER_EVENTS)}
    return all(committed.get(partition, 0) >= end for partition, end in ends.items())
