"""Every format on one topic of a real broker: the results are those of the same events in plain JSON."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient

from stream.bootstrap import build_encoder
from stream.settings import Process
from stream.wire.changes import SegmentChange, change_id
from tests.e2e import scenario
from tests.e2e.apicurio import apicurio
from tests.e2e.conftest import Deploy
from tests.e2e.deployment import Deployment, Worker
from tests.e2e.formats_stream import Sent, in_every_format, send
from tests.e2e.waiting import eventually
from tests.registry_server import registry_server

N_EVENTS = 6_000


@pytest.fixture(scope="module")
def events(stream: list[scenario.Event]) -> list[scenario.Event]:
    return stream[:N_EVENTS]


@pytest.fixture(scope="module")
def expected(events: list[scenario.Event], segment_model: Path) -> scenario.Expected:
    return scenario.expected(events, segment_model)


@pytest.mark.parametrize("engine", ["transactional", pytest.param("faust", marks=pytest.mark.chaos)])
def test_a_registry_that_is_down_for_a_while_refuses_and_loses_nothing(
    engine: str, deploy: Deploy, events: list[scenario.Event], segment_model: Path, expected: scenario.Expected
) -> None:
    if engine == "faust":
        pytest.importorskip("faust", reason="needs the extra `faust`")
    with registry_server() as registry:
        records = in_every_format(events, SchemaRegistryClient({"url": registry.url}))
        registry.stop()
        settings = scenario.SETTINGS | {"segment_model": str(segment_model), "registry_url": registry.url}
        deployment = deploy(engine, **settings)
        worker = deployment.start_worker("one")
        send(deployment, records)
        eventually(partial(logged, worker, "gives no schema"), "the log says that the registry is silent")
        assert "events with a schema id wait for the registry" in worker.log.read_text()
        assert deployment.n_committed() < len(records)
        assert deployment.dead_letters() == []
        registry.start()
        deployment.await_committed(len(records))
        assert deployment.dead_letters() == []
        assert_as_in_json(deployment, expected)
        assert_bad_records_are_dead_letters(deployment, records)


@pytest.mark.chaos
def test_a_real_registry_gives_the_same_results(
    deploy: Deploy, events: list[scenario.Event], segment_model: Path, expected: scenario.Expected, tmp_path: Path
) -> None:
    with apicurio(tmp_path / "registry") as url:
        records = in_every_format(events, SchemaRegistryClient({"url": url}), with_guids=False)
        settings = scenario.SETTINGS | {"segment_model": str(segment_model), "registry_url": url}
        deployment = deploy(**settings)
        deployment.start_worker("one")
        send(deployment, records)
        deployment.await_committed(len(records))
        assert deployment.dead_letters() == []
        assert_as_in_json(deployment, expected)
        assert_bad_records_are_dead_letters(deployment, records)


def assert_bad_records_are_dead_letters(deployment: Deployment, records: list[Sent]) -> None:
    """An unknown schema, a damaged payload and a key with a schema id: each a dead letter with its reason."""
    avro = records[1]
    faulty = [
        avro._replace(value=b"\0\0\0\x03\xe7" + avro.value[5:]),
        avro._replace(value=avro.value[:-1]),
        avro._replace(key=b"\0\0\0\0\x01\x04" + (avro.key or b"")),
    ]
    send(deployment, faulty)
    deployment.await_committed(len(records) + len(faulty))
    reasons = [dict(letter.headers)["segue.error.reason"].decode() for letter in deployment.dead_letters()]
    assert sorted(reasons) == ["bad_payload", "key_mismatch", "unknown_schema"]


def assert_as_in_json(deployment: Deployment, expected: scenario.Expected) -> None:
    """Changes, memberships and states as a replay of the same events in plain JSON has them."""
    found: dict[str, dict[str, SegmentChange]] = {}
    for change in deployment.changes():  # an engine that delivers at least once may repeat one
        found.setdefault(change.user, {})[change_id(change.user, change.sequence, change.decision_time_ms)] = change
    assert sum(map(len, expected.changes.values())) > 50
    assert {user: list(changes.values()) for user, changes in found.items()} == expected.changes
    assert deployment.memberships() == expected.memberships
    states = deployment.states(build_encoder(Process()), scenario.POLICY)
    assert scenario.comparable(states) == scenario.comparable(expected.states)


def logged(worker: Worker, words: str) -> bool:
    """Whether the worker's log has these words."""
    assert worker.process.running(), worker.log.read_text()
    return words in worker.log.read_text()
