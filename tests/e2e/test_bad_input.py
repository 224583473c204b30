"""Every bad input on a real broker becomes a dead letter with its raw bytes, and the stream continues.

The worker is killed in the middle and started again: what it could not get past would be found then at the latest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from confluent_kafka import Producer
from kafka import KafkaProducer

from stream.bootstrap import build_encoder
from stream.core.policy import Clock, Policy
from stream.devkafka import EmbeddedKafka
from stream.engines.registry import ENGINES
from stream.settings import Process
from tests.bad_input import ACCEPTED, BAD_INPUT, Case
from tests.e2e.conftest import fresh_connection
from tests.e2e.deployment import Deployment
from tests.kafka.raw_names import raw_name

REJECTED = [case for case in BAD_INPUT if case.expected != ACCEPTED]
ZEROS = b"0" * 3_000_000
HUGE = b"0" * 18_000_000  # above the limit of the dead letters' topic, and small in gzip
LARGEST_BYTES = 1_048_000  # just under what the broker takes
N_NAMED = 20
LATIN_1 = raw_name("café".encode("latin-1"))  # as clients in C, Go or Rust may send it


@pytest.fixture(scope="module", params=ENGINES)
def deployment(
    request: pytest.FixtureRequest, kafka: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """All cases in one stream, a good event after each, all of it done for."""
    folder, settings = tmp_path_factory.mktemp("bad"), {"clock": "event"}
    deployed = Deployment(fresh_connection(kafka), folder, request.param, settings=settings)
    worker = deployed.start_worker("one")
    n_sent = send_with_raw_names(deployed) + send_compressed(deployed)
    worker.kill()
    deployed.start_worker("one")
    events: list[tuple[bytes | None, bytes | None]] = []
    for at, case in enumerate(BAD_INPUT):
        events += [(case.key, case.value), good(at)]
    n_sent += deployed.send([*events, (b"large", b"x" * LARGEST_BYTES)])
    deployed.await_committed(n_sent)
    yield deployed
    deployed.close()


@pytest.fixture(scope="module")
def letters(deployment: Deployment) -> list[Any]:
    return deployment.dead_letters()


def send_with_raw_names(deployment: Deployment) -> int:
    """Good and bad messages with names of headers that are not UTF-8; how many."""
    producer = KafkaProducer(**deployment.connection.kafka_python())
    topic = deployment.connection.namespace.qualify("user-events")
    headers = [("trace", b"1"), (LATIN_1, b"2"), ("", b"3")]
    for at in range(N_NAMED):
        key, value = named(at)
        producer.send(topic, value, key, headers=headers)
    producer.send(topic, b"{", b"unreadable", headers=headers)
    producer.send(topic, named(N_NAMED)[1], b"named", headers=[(f"h{at}", b"x") for at in range(5_000)])
    producer.flush(30)
    producer.close()
    return N_NAMED + 2


def send_compressed(deployment: Deployment) -> int:
    """As a producer does whose client allows more than the topic: the broker's limit is on what arrives compressed."""
    settings = {"compression.type": "gzip", "message.max.bytes": 2 * len(HUGE), "partitioner": "murmur2_random"}
    producer = Producer(deployment.connection.confluent() | settings)
    topic = deployment.connection.namespace.qualify("user-events")
    producer.produce(topic, ZEROS, b"zeros")
    producer.produce(topic, b"huge key", HUGE)
    producer.produce(topic, b"huge header", b"headers", headers=[("a", b"1"), ("huge", HUGE), ("null", None)])
    producer.produce(topic, HUGE, b"huge value", headers=[("segue.error.reason", b"of an earlier refusal")])
    assert producer.flush(30) == 0
    return 4


def good(at: int) -> tuple[bytes, bytes]:
    """An event of the user `steady`, the `at`-th minute of 2026."""
    value = {"user_id": "steady", "id": f"good-{at}", "text": "red shoes", "timestamp": 1_767_225_600_000 + 60_000 * at}
    return b"steady", json.dumps(value).encode()


def named(at: int) -> tuple[bytes, bytes]:
    """An event of the user `named`, the `at`-th minute of 2026."""
    return b"named", good(at)[1].replace(b"steady", b"named")


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
    assert len(letters) == len(REJECTED) + 6


def test_a_message_of_the_largest_size_fits_into_the_dead_letters(letters: list[Any]) -> None:
    [letter] = [m for m in letters if m.key == b"large"]
    assert letter.value == b"x" * LARGEST_BYTES


def test_a_message_larger_than_the_limit_before_compression_fits_too(letters: list[Any]) -> None:
    [letter] = [m for m in letters if m.key == b"zeros"]
    assert letter.value == ZEROS


def test_a_name_of_a_header_that_cannot_be_read_costs_a_dead_letter_only_that_name(letters: list[Any]) -> None:
    [letter] = [m for m in letters if m.key == b"unreadable"]
    assert letter.value == b"{"
    assert letter.headers[:3] == [("trace", b"1"), ("\ufffd", b"2"), ("", b"3")]
    assert dict(letter.headers)["segue.error.unreadable_headers"] == b"1"


def test_a_huge_key_is_cut_with_its_size_and_digest(letters: list[Any]) -> None:
    [letter] = [m for m in letters if m.value == b"huge key"]
    assert HUGE.startswith(letter.key)
    assert len(letter.key) > 16_000_000
    assert dict(letter.headers)["segue.error.key_bytes"] == b"18000000"
    assert dict(letter.headers)["segue.error.key_sha256"].decode() == sha256(HUGE).hexdigest()


def test_a_huge_header_is_left_out_and_the_others_stay(letters: list[Any]) -> None:
    [letter] = [m for m in letters if m.key == b"headers"]
    assert letter.value == b"huge header"
    assert letter.headers[:2] == [("a", b"1"), ("null", b"")]
    assert int(dict(letter.headers)["segue.error.headers_bytes"]) > len(HUGE)


def test_a_huge_value_is_cut_and_the_reason_is_the_new_one(letters: list[Any]) -> None:
    [letter] = [m for m in letters if m.key == b"huge value"]
    assert HUGE.startswith(letter.value)
    assert [value for name, value in letter.headers if name == "segue.error.reason"] == [b"not_json"]


def test_the_log_names_every_reason_and_every_ignored_field_with_an_example(deployment: Deployment) -> None:
    said = deployment.workers[-1].log.read_text()
    topic = deployment.connection.namespace.qualify("user-events")
    for what, name in [
        *(("events refused", f"reason={case.expected}") for case in REJECTED),
        *(("fields not understood", f"field={path}") for case in BAD_INPUT for path in case.ignored),
    ]:
        [line, *_] = [line for line in said.splitlines() if what in line and f"{name} " in f"{line} "]
        assert f"topic={topic}" in line
        assert re.search(r"\boffset=\d+", line)


def test_the_events_in_between_were_all_applied(deployment: Deployment) -> None:
    states = deployment.states(build_encoder(Process()), Policy(clock=Clock.EVENT))
    users = {name: user for state in states.values() for name, user in state.users()}
    assert users["steady"].n_events == len(BAD_INPUT)
    assert users["named"].n_events == N_NAMED + 1
