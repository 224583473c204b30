"""A secured cluster that refuses a client, or that must not be trusted: a sentence that names the setting, and soon."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from stream.kafka.access import worker_rights
from stream.kafka.admin import describe_topics
from stream.kafka.broker_errors import BrokerError
from stream.kafka.connection import Connection
from tests.e2e import scenario
from tests.e2e.deployment import GROUP, Deployment, Worker
from tests.e2e.secured.broker import PASSWORD, USER, SecuredBroker
from tests.e2e.secured.conftest import as_text
from tests.e2e.secured.test_rights import RIGHTS, granted, transactional
from tests.e2e.waiting import eventually

Settings = Callable[[SecuredBroker], dict[str, Any]]

REFUSED: dict[str, tuple[Settings, str]] = {
    "wrong password": (lambda b: b.sasl("", sasl_password="wrong"), "refuses the user or the password (SEGUE_SASL_US"),
    "unknown user": (lambda b: b.sasl("", sasl_username="nobody"), "refuses the user or the password (SEGUE_SASL_USE"),
    "other mechanism": (lambda b: b.sasl("", sasl_mechanism="PLAIN"), "SEGUE_SASL_MECHANISM"),
    "expired certificate": (lambda b: b.tls("EXPIRED"), "is not trusted"),
    "certificate of another name": (lambda b: b.tls("OTHER"), "and name this host"),
    "another authority": (
        lambda b: b.tls("SASL", ssl_cafile=str(b.folder / "stranger.pem")),
        "signed by the authority in SEGUE_SSL_CAFILE",
    ),
    "no client certificate": (lambda b: b.tls("MUTUAL"), "SEGUE_SSL_CERTFILE"),
    "client certificate of a stranger": (
        lambda b: b.tls("MUTUAL", **b.client_files(b.stranger, "stranger")),
        "does not accept the client certificate",
    ),
    "TLS to a listener without": (lambda b: b.tls("PLAINTEXT"), "does not use TLS there"),
    "plaintext to a listener with TLS": (
        lambda b: {"bootstrap_servers": b.address("MUTUAL")},
        "does it use PLAINTEXT there? (SEGUE_SECURITY_PROTOCOL)",
    ),
    "no password where one is asked for": (lambda b: b.tls("SASL"), "SEGUE_SECURITY_PROTOCOL"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_client_that_cannot_connect_says_which_setting(secured: SecuredBroker, case: str) -> None:
    settings, sentence = REFUSED[case]
    with pytest.raises(BrokerError) as refused:
        describe_topics(Connection(**settings(secured)), GROUP)
    assert sentence in str(refused.value)


def test_a_worker_with_a_wrong_password_ends_with_the_sentence(deployment: Deployment) -> None:
    deployment.settings["sasl_password"] = "wrong"
    done = run(deployment, "worker")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Error: the broker at" in done.stderr
    assert "refuses the user or the password" in done.stderr


def test_a_client_certificate_is_a_user(secured: SecuredBroker, deployment: Deployment) -> None:
    prefix = deployment.connection.topic_prefix
    secured.grant(granted(prefix, RIGHTS), user="machine")
    deployment.settings = as_text(secured.tls("MUTUAL", **secured.client_files(secured.ca, "machine")))
    done = run(deployment, "topics", "describe")
    assert done.returncode == 0, done.stderr
    assert f"{prefix}user-events" in done.stdout


def test_without_the_right_to_its_transactional_id_a_worker_processes_nothing(
    secured: SecuredBroker, deployment: Deployment
) -> None:
    secured.grant(granted(deployment.connection.topic_prefix, RIGHTS))
    deployment.send(scenario.events(10))
    done = run(deployment, "worker")
    assert done.returncode == 1
    assert "no right to the transactional id" in done.stderr
    assert deployment.n_committed() == 0
    assert deployment.memberships() == {}


def test_a_worker_without_a_right_processes_nothing(secured: SecuredBroker, deployment: Deployment) -> None:
    prefix = deployment.connection.topic_prefix
    few = worker_rights(GROUP, trains=False)
    secured.grant(granted(prefix, sorted(few)) + transactional(prefix))
    done = run(deployment, "worker")
    assert done.returncode == 1
    assert f"{USER} no right to: read on {prefix}segue-train; " in done.stderr


def test_a_password_changed_while_running(secured: SecuredBroker, deployment: Deployment) -> None:
    """The broker asks again every few seconds; with the new password another worker goes on where this one ended."""
    stream = scenario.events(600)
    prefix = deployment.connection.topic_prefix
    secured.grant(granted(prefix, RIGHTS) + transactional(prefix))
    worker = deployment.start_worker("one")
    deployment.send(stream[:300])
    deployment.await_committed(300)
    secured.set_password("another")
    try:
        eventually(lambda: said(worker), "the refusal in the log")
        deployment.send(stream[300:])
        worker.stop()
        deployment.settings["sasl_password"] = "another"
        deployment.start_worker("one")
        deployment.await_committed(600)
    finally:
        secured.set_password(PASSWORD)


def said(worker: Worker) -> bool:
    return "uthentication failed" in worker.log.read_text()


def run(deployment: Deployment, *words: str, for_s: float = 120) -> subprocess.CompletedProcess[str]:
    command = deployment.command("-m", "stream.cli.main", *words)
    return subprocess.run(command, capture_output=True, text=True, timeout=for_s)
