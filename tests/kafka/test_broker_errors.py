"""What librdkafka reports, as sentences with Segue's settings. The reports here were made by a broker of Kafka 4.2."""

from __future__ import annotations

import re
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from stream.core.setting import settings_of
from stream.kafka import first_contact as contact
from stream.kafka.broker_errors import SENTENCES, BrokerError, ClientErrors, TopicsError, sentence_of
from stream.kafka.connection import Connection
from stream.kafka.first_contact import Client, existing_topics, first_contact
from stream.settings import GROUPS

PLAIN, TLS = Connection("kafka:1"), Connection("kafka:1", "SSL")
DOWN = KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down")
REFUSED = KafkaError(
    KafkaError._TRANSPORT,
    "kafka:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT)",
)


def reported(code: int, words: str, broker: str = "bootstrap") -> KafkaError:
    return KafkaError(code, f"ssl://kafka:1/{broker}: {words} (after 3ms in state SSL_HANDSHAKE)")


CASES = [
    (
        reported(
            KafkaError._SSL,
            "SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: broker certificate could "
            "not be verified, verify that ssl.ca.location is correctly configured or root CA certificates are "
            "installed (install ca-certificates package)",
        ),
        "the certificate of the broker at kafka:1 is not trusted: it must be signed by the authority in "
        "SEGUE_SSL_CAFILE and name this host",
    ),
    (
        reported(KafkaError._SSL, "SSL handshake failed: error:0A00010B:SSL routines::wrong version number"),
        "the broker at kafka:1 does not use TLS there: take its TLS listener, or another protocol "
        "(SEGUE_SECURITY_PROTOCOL is SSL)",
    ),
    (
        reported(
            KafkaError._TRANSPORT,
            "SSL handshake failed: Disconnected: SSL connection closed by peer: connecting to a PLAINTEXT broker "
            "listener?",
        ),
        "the broker at kafka:1 does not use TLS there",
    ),
    (
        reported(
            KafkaError._TRANSPORT,
            "Receive failed: error:0A00045C:SSL routines::tlsv13 alert certificate required: SSL alert number 116",
        ),
        "the broker at kafka:1 does not accept the client certificate: give one it trusts (SEGUE_SSL_CERTFILE, "
        "SEGUE_SSL_KEYFILE)",
    ),
    (
        reported(
            KafkaError._AUTHENTICATION,
            "SASL authentication error: Authentication failed: Invalid username or password",
        ),
        "the broker at kafka:1 refuses the user or the password (SEGUE_SASL_USERNAME, SEGUE_SASL_PASSWORD, "
        "SEGUE_SASL_MECHANISM)",
    ),
    (
        reported(
            KafkaError._AUTHENTICATION,
            "SASL SCRAM-SHA-256 mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's supported "
            "mechanisms: PLAIN,SCRAM-SHA-512",
        ),
        "the broker at kafka:1 does not offer this SASL mechanism (SEGUE_SASL_MECHANISM)",
    ),
    (
        reported(
            KafkaError._AUTHENTICATION,
            "SASL PLAIN mechanism handshake failed: Broker: Request not valid in current SASL state: broker's "
            "supported mechanisms: ",
        ),
        "the broker at kafka:1 asks for no user there: take its SASL listener, or another protocol",
    ),
    (
        reported(KafkaError._RESOLVE, "Failed to resolve 'kafka:1': Name or service not known"),
        "the host of kafka:1 has no address here (SEGUE_BOOTSTRAP_SERVERS)",
    ),
    (
        reported(KafkaError._RESOLVE, "Failed to resolve 'kafka:1': Name or service not known", broker="7"),
        "the host of kafka:1 has no address here, as the cluster calls it (advertised.listeners)",
    ),
    (
        reported(
            KafkaError._BAD_MSG,
            "Receive failed: Invalid response size 1213486160 (0..100000000): increase receive.message.max.bytes",
        ),
        "no Kafka broker is at kafka:1: the answer is of another protocol (SEGUE_BOOTSTRAP_SERVERS)",
    ),
]


@pytest.mark.parametrize(("report", "sentence"), CASES, ids=[sentence[:40] for _, sentence in CASES])
def test_a_lasting_reason_is_named_with_its_setting_and_ends_the_waiting(report: KafkaError, sentence: str) -> None:
    for order in ([report, DOWN], [DOWN, report], [REFUSED, report, DOWN, REFUSED]):
        errors = ClientErrors(TLS)
        for each in order:
            errors(each)
        assert errors.sentence().startswith(sentence)
        assert errors.are_final


def test_a_broker_that_is_away_or_silent_is_not_called_final() -> None:
    away, silent, closing, broken = (ClientErrors(PLAIN) for _ in range(4))
    broken(KafkaError(KafkaError._TRANSPORT, "kafka:1/bootstrap: Send failed: Broken pipe (after 1ms in state UP)"))
    broken(DOWN)
    away(REFUSED)
    away(DOWN)
    closing(DOWN)
    assert "no Kafka broker answers at kafka:1 (SEGUE_BOOTSTRAP_SERVERS)" in away.sentence()
    assert "Connection refused" in away.sentence()
    assert silent.sentence().startswith("no Kafka broker answers at kafka:1 (SEGUE_BOOTSTRAP_SERVERS)")
    assert (
        closing.sentence()
        == broken.sentence()
        == ("the broker at kafka:1 closes the connection: does it use PLAINTEXT there? (SEGUE_SECURITY_PROTOCOL)")
    )
    assert not any(each.are_final for each in (away, silent, closing, broken))


def test_the_settings_that_sentences_name_exist() -> None:
    known = {setting.env for setting in settings_of(*GROUPS)}
    sentences = [*SENTENCES.values(), *(sentence for _, sentence in CASES)]
    named = {name for sentence in sentences for name in re.findall(r"SEGUE_\w+", sentence)}
    assert len(named) > 8
    assert named <= known


def test_an_error_of_a_request_keeps_the_words_of_the_client() -> None:
    assert "(SEGUE_SESSION_TIMEOUT_MS) (no)" in sentence_of(KafkaError(KafkaError.INVALID_SESSION_TIMEOUT, "no"))
    assert sentence_of(KafkaError(KafkaError.INVALID_MSG, "odd")) == "Kafka: odd"


class Answering:
    """A client that answers after some failed requests, and reports before each failure."""

    def __init__(self, n_failures: int, topics: dict[str, int], *reports: KafkaError) -> None:
        self._left, self._topics, self._reports = n_failures, topics, reports
        self.errors = ClientErrors(PLAIN)
        self.n_asked = 0

    def list_topics(self, *, timeout: float) -> Any:
        assert timeout > 0
        self.n_asked += 1
        if self._left > 0:
            self._left -= 1
            raise KafkaException(KafkaError(KafkaError._TRANSPORT, "Failed to get metadata"))
        return Metadata({name: Partitioned(dict.fromkeys(range(n))) for name, n in self._topics.items()})

    def poll(self, _: float) -> None:
        for report in self._reports:
            self.errors(report)


class Partitioned:
    """A topic of the metadata."""

    error = None

    def __init__(self, partitions: dict[int, None]) -> None:
        self.partitions = partitions


class Metadata:
    """What a cluster says of itself."""

    def __init__(self, topics: dict[str, Partitioned]) -> None:
        self.topics = topics


def test_a_broker_that_answers_late_is_waited_for() -> None:
    client: Client = Answering(2, {"user-events": 3})
    assert first_contact(client, ClientErrors(PLAIN)) == {"user-events": 3}


def test_the_waiting_ends_with_the_reason() -> None:
    lasting = Answering(99, {}, CASES[0][0], DOWN)
    with pytest.raises(BrokerError, match="SEGUE_SSL_CAFILE"):
        first_contact(lasting, lasting.errors)
    assert lasting.n_asked == 1
    silent = Answering(99, {})
    with pytest.raises(BrokerError, match="no Kafka broker answers at kafka:1"):
        first_contact(silent, silent.errors)
    assert silent.n_asked == len(contact._TRIES_S)


def test_missing_topics_are_named_as_on_the_cluster() -> None:
    connection = Connection("kafka:1", topic_prefix="eu.")
    client = Answering(0, {"eu.user-events": 3, "segments": 1})
    ask = connection.namespace
    assert existing_topics(client, client.errors, ask, ["user-events"]) == {"user-events": 3}
    with pytest.raises(TopicsError, match=r"topics are missing: eu\.segments; run `segue topics create`"):
        existing_topics(client, client.errors, ask, ["user-events", "segments"])
