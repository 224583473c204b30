"""What an output topic refuses for good is told apart from a broker that is away."""

from __future__ import annotations

import json
from functools import partial

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourceType

from stream.wire.topics import DEAD_LETTERS, changelog
from tests.e2e.conftest import Deploy
from tests.e2e.deployment import GROUP, Deployment
from tests.e2e.waiting import eventually

WAYS = [("transactional", "exactly-once"), ("transactional", "at-least-once"), ("faust", "at-least-once")]
GOOD = json.dumps({"user_id": "ann", "id": "1", "text": "red shoes", "timestamp": 1_767_225_600_000}).encode()


@pytest.fixture(params=WAYS, ids=" ".join)
def start(request: pytest.FixtureRequest, deploy: Deploy) -> Deploy:
    """Makes a deployment with this engine and guarantee."""
    engine, guarantee = request.param
    if engine == "faust":
        pytest.importorskip("faust", reason="needs the extra `faust`")
    return partial(deploy, engine, guarantee=guarantee, clock="event")


def limit(deployment: Deployment, topic: str, n_bytes: int) -> str:
    """Let a topic take batches of at most `n_bytes`; its name on the cluster."""
    name = deployment.connection.namespace.qualify(topic)
    entry = ConfigEntry("max.message.bytes", str(n_bytes), incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, name, incremental_configs=[entry])
    admin = AdminClient(deployment.connection.confluent())
    admin.incremental_alter_configs([resource])[resource].result()
    return name


def test_dead_letters_are_cut_to_what_a_topic_of_somebody_else_takes(start: Deploy) -> None:
    deployment = start()
    limit(deployment, DEAD_LETTERS, 100_000)
    value = b"x" * 1_000_000
    n_sent = deployment.send([(b"large", value), *[(b"small", b"x" * 9_000)] * 50, (b"ann", GOOD)])
    deployment.start_worker("one")
    deployment.await_committed(n_sent)
    letters = {(m.partition, m.offset): m for m in deployment.dead_letters()}.values()
    large = next(m for m in letters if m.key == b"large")
    assert 40_000 < len(large.value) < 100_000
    assert value.startswith(large.value)
    assert dict(large.headers)["segue.error.value_bytes"] == b"1000000"
    offsets = {dict(m.headers)["segue.error.offset"] for m in letters if m.key == b"small"}
    assert len(offsets) == 50
    assert all(m.value == b"x" * 9_000 for m in letters if m.key == b"small")


def test_a_state_that_its_topic_refuses_ends_the_worker_with_a_sentence(start: Deploy) -> None:
    deployment = start()
    topic = limit(deployment, changelog(GROUP).name, 200)
    deployment.send([(b"ann", GOOD)])
    worker = deployment.start_worker("one")
    eventually(lambda: not worker.process.running(), "the worker has ended")
    assert worker.process.wait() == 1
    said = worker.log.read_text()
    assert f"{topic} refuses" in said
    assert "raise its max.message.bytes" in said
    assert "Traceback" not in said
    assert deployment.n_committed() == 0
