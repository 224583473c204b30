"""A cluster that cannot be used as it is set up: one sentence with the setting, exit code 1, nothing processed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.devkafka import EmbeddedKafka
from stream.kafka.connection import Connection
from tests.cli.command_line import run
from tests.e2e.conftest import fresh_connection
from tests.e2e.deployment import Deployment

TLS = {"SEGUE_SECURITY_PROTOCOL": "SSL"}
SASL = {
    "SEGUE_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
    "SEGUE_ALLOW_PLAINTEXT_SASL": "true",
    "SEGUE_SASL_MECHANISM": "PLAIN",
    "SEGUE_SASL_USERNAME": "ann",
    "SEGUE_SASL_PASSWORD": "secret",
}


@pytest.mark.parametrize(
    "words",
    [("watch",), ("models", "list"), ("topics", "create"), ("dlq", "redrive"), ("worker",)],
    ids=" ".join,
)
@pytest.mark.parametrize(
    ("settings", "sentence"),
    [(TLS, "does not use TLS there"), (SASL, "asks for no user there")],
    ids=["TLS on a plaintext listener", "a user on a plaintext listener"],
)
def test_a_protocol_that_the_listener_does_not_speak_is_named_by_every_verb(
    connection: Connection, tmp_path: Path, words: tuple[str, ...], settings: dict[str, str], sentence: str
) -> None:
    done = run(tmp_path, *words, env=settings | {"SEGUE_BOOTSTRAP_SERVERS": connection.bootstrap_servers})
    assert (done.exit_code, done.stdout) == (1, "")
    assert f"Error: the broker at {connection.bootstrap_servers} {sentence}" in done.stderr
    assert "SEGUE_SECURITY_PROTOCOL" in done.stderr
    assert "secret" not in done.stderr


@pytest.mark.parametrize(
    "words", [("watch",), ("dlq", "list"), ("segments", "list"), ("models", "renew")], ids=" ".join
)
def test_missing_topics_are_named_with_the_verb_that_makes_them(
    connection: Connection, tmp_path: Path, words: tuple[str, ...]
) -> None:
    env = {"SEGUE_BOOTSTRAP_SERVERS": connection.bootstrap_servers, "SEGUE_TOPIC_PREFIX": connection.topic_prefix}
    done = run(tmp_path, *words, env=env)
    assert (done.exit_code, done.stdout) == (1, "")
    assert f"topics are missing: {connection.topic_prefix}" in done.stderr
    assert "run `segue topics create`" in done.stderr


@pytest.fixture(scope="module")
def narrow() -> Iterator[EmbeddedKafka]:
    """A broker with lower limits than Kafka's own."""
    limits = {"group.max.session.timeout.ms": "20000", "transaction.max.timeout.ms": "20000"}
    with EmbeddedKafka(properties=limits) as broker:
        yield broker


@pytest.mark.parametrize("name", ["session_timeout_ms", "transaction_timeout_ms"])
def test_a_timeout_beyond_the_limit_of_the_brokers_ends_the_worker_with_the_name_of_the_setting(
    narrow: EmbeddedKafka, tmp_path: Path, name: str
) -> None:
    connection = fresh_connection(narrow)
    deployment = Deployment(connection, tmp_path, settings={name: "30000"})
    command = deployment.command("-m", "stream.cli.main", "worker")
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("Error: the brokers do not allow this")
    assert f"(SEGUE_{name.upper()})" in last
    assert "Traceback" not in done.stderr
