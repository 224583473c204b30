"""Every bad input on a real broker becomes a dead letter with its raw bytes, and the stream continues."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Producer

from stream.bootstrap import build_encoder
from stream.core.policy import Clock, Policy
from stream.devkafka import EmbeddedKafka
from stream.engines.registry import ENGINES
from stream.settings import Process
from tests.bad_input import ACCEPTED, BAD_INPUT, Case
from tests.e2e.conftest import fresh_connection
from tests.e2e.deployment import Deployment

REJECTED = [case for case in BAD_INPUT if case.expected != ACCEPTED]
ZEROS = b"0" * 3_000_000
LARGEST_BYTES = 1_048_000  # just under what the broker takes


@pytest.fixture(scope="module", params=ENGINES)
def deployment(
    request: pytest.FixtureRequest, kafka: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """All cases in one stream, a good event after each, all of it done for."""
    folder, settings = tmp_path_factory.mktemp("bad"), {"clock": "event"}
    deployed = Deployment(fresh_connection(kafka), folder, request.param, settings=settings)
    deployed.start_worker("one")
    events: list[tuple[bytes | None, bytes | None]] = []
    for at, case in enumerate(BAD_INPUT):
        events += [(case.key, case.value), good(at)]
    n_sent = deployed.send([*events, (b"large", b"x" * LARGEST_BYTES)])
    send_compressed(deployed, ZEROS)
    deployed.await_committed(n_sent + 1)
    yield deployed
    deployed.close()


@pytest.fixture(scope="module")
def letters(deployment: Deployment) -> list[Any]:
    return deployment.dead_letters()


def send_compressed(deployment: Deployment, value: bytes) -> None:
    """As a producer does whose client allows more than the topic: the broker's limit is on what arrives compressed."""
    settings = {"compression.type": "gzip", "message.max.bytes": 2 * len(value), "partitioner": "murmur2_random"}
    producer = Producer(deployment.connection.confluent() | settings)
    producer.produce(deployment.connection.namespace.qualify("user-events"), value, b"zeros")
    assert producer.flush(30) == 0


def good(at: int) -> tuple[bytes, bytes]:
    """An event of the user `steady`, the `at`-th minute of 2026."""
    value = {"user_id": "steady", "id": f"good-{at}", "text": "red shoes", "timestamp": 1_767_225_600_000 + 60_000 * at}
    return b"steady", json.dumps(value).encode()


@pytest.mark.parametrize("case", REJECTED, ids=lambda case: case.name)
def test_a_rejected_message_is_a_dead_letter_with_its_bytes_its_topic_and_why(
    deployment: Deployment, letters: list[Any], case: Case
) -> None:
    topic = deployment.connection.namespace.qualify("user-events").encode()
    found = [m for m in letters if (m.key, m.value) == (case.key, case.value)]
    reasons = {dict(m.headers)["segue.error.reason"].decode() for m in found}
    assert case.expected in reasons
    assert all(dict(m.headers)["segue.error.topic"] == topic for m in found)


def test_nothing_else_is_a_dead_letter(letters: list[Any]) -> None:
    assert len(letters) == len(REJECTED) + 2


def test_a_message_of_the_largest_size_fits_into_the_dead_letters(letters: list[Any]) -> None:
    [letter] = [m for m in letters if m.key == b"large"]
    assert letter.value == b"x" * LARGEST_BYTES


def test_a_message_larger_than_the_limit_before_compression_fits_too(letters: list[Any]) -> None:
    [letter] = [m for m in letters if m.key == b"zeros"]
    assert letter.value == ZEROS


def test_the_events_in_between_were_all_applied(deployment: Deployment) -> None:
    states = deployment.states(build_encoder(Process()), Policy(clock=Clock.EVENT))
    [steady] = [state.users["steady"] for state in states.values() if "steady" in state.users]
    assert steady.n_events == len(BAD_INPUT)
