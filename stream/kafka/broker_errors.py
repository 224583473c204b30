"""Errors of the Kafka client as sentences that name Segue's settings and verbs: the one place of translation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from confluent_kafka import KafkaError

from stream.kafka.connection import Connection

_RIGHTS = "docs/operations.md lists the rights under Security"
SENTENCES: Mapping[int, str] = MappingProxyType(
    {
        KafkaError.INVALID_SESSION_TIMEOUT: "the brokers do not allow this session timeout: choose one between their "
        "group.min.session.timeout.ms and group.max.session.timeout.ms (SEGUE_SESSION_TIMEOUT_MS)",
        KafkaError.INVALID_TRANSACTION_TIMEOUT: "the brokers do not allow this transaction timeout: choose one up to "
        "their transaction.max.timeout.ms (SEGUE_TRANSACTION_TIMEOUT_MS)",
        KafkaError.TOPIC_AUTHORIZATION_FAILED: f"the user has no right to a topic; {_RIGHTS}",
        KafkaError.GROUP_AUTHORIZATION_FAILED: f"the user has no right to the consumer group; {_RIGHTS}",
        KafkaError.CLUSTER_AUTHORIZATION_FAILED: f"the user has no right to the cluster; {_RIGHTS}",
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED: f"the user has no right to the transactional id; {_RIGHTS}",
        KafkaError.UNKNOWN_TOPIC_OR_PART: "a topic or partition is missing: run `segue topics create`",
        KafkaError._UNKNOWN_TOPIC: "a topic is missing: run `segue topics create`",
        KafkaError._UNKNOWN_PARTITION: "a partition is missing: `segue topics describe` shows the topics",
        KafkaError.INCONSISTENT_GROUP_PROTOCOL: "members of another engine are in the group, a killed one until its "
        "session ends: stop all workers before a change of SEGUE_ENGINE",
        KafkaError.FENCED_INSTANCE_ID: "another worker has the same name: give each its own (SEGUE_INSTANCE)",
        KafkaError._FENCED: "another worker has the same name, or took over after a pause: give each worker its own "
        "name (SEGUE_INSTANCE)",
        KafkaError.PRODUCER_FENCED: "another worker has the same name, or took over after a pause: give each worker "
        "its own name (SEGUE_INSTANCE)",
        KafkaError.INVALID_PRODUCER_EPOCH: "another worker has the same name, or took over after a pause: give each "
        "worker its own name (SEGUE_INSTANCE)",
        KafkaError.MSG_SIZE_TOO_LARGE: "a message is larger than its topic allows (max.message.bytes)",
        KafkaError.NOT_ENOUGH_REPLICAS: "too few replicas are in sync (min.insync.replicas): start the missing brokers",
        KafkaError._MAX_POLL_EXCEEDED: "a turn took longer than the group waits: lower SEGUE_BATCH_RECORDS",
        KafkaError.UNSUPPORTED_VERSION: "the brokers are too old for a request of Segue",
    }
)
PERMANENT = frozenset(
    {
        KafkaError.INVALID_SESSION_TIMEOUT,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
    }
)  # a consumer repeats these for ever, and they need an operator

# words of librdkafka about a connection → what they mean for a user; none passes by itself
_MEANINGS = (
    (
        "certificate verify failed|Hostname mismatch",
        "the certificate of the broker at {at} is not trusted: it must be signed by the authority in SEGUE_SSL_CAFILE "
        "and name this host",
    ),
    (
        "certificate required|bad certificate|unknown ca|certificate expired|certificate unknown",
        "the broker at {at} does not accept the client certificate: give one it trusts (SEGUE_SSL_CERTFILE, "
        "SEGUE_SSL_KEYFILE)",
    ),
    (
        "PLAINTEXT broker listener|wrong version number|SSL connection closed|packet length too long",
        "the broker at {at} does not use TLS there: take its TLS listener, or another protocol "
        "(SEGUE_SECURITY_PROTOCOL is {protocol})",
    ),
    (
        "Request not valid in current SASL state",
        "the broker at {at} asks for no user there: take its SASL listener, or another protocol "
        "(SEGUE_SECURITY_PROTOCOL is {protocol})",
    ),
    (
        "mechanism handshake failed|Unsupported SASL mechanism",
        "the broker at {at} does not offer this SASL mechanism (SEGUE_SASL_MECHANISM)",
    ),
    (
        "SASL authentication error|Authentication failed",
        "the broker at {at} refuses the user or the password (SEGUE_SASL_USERNAME, SEGUE_SASL_PASSWORD, "
        "SEGUE_SASL_MECHANISM)",
    ),
    ("Failed to resolve", "the host of {at} has no address here"),
    ("Invalid response size", "no Kafka broker is at {at}: the answer is of another protocol"),
    ("SSL", "TLS with the broker at {at} fails"),
)
_CLOSED = re.compile("Send failed|Disconnected|Connection reset|Broken pipe")
_PLACE = re.compile(r"(?:\w+://)?(\S+)/(bootstrap|\d+): (.*?)(?: \(after \d+ms.*)?", re.DOTALL)


class BrokerError(RuntimeError):
    """A cluster that cannot be used: no broker answers, or it refuses this client. The sentence names the settings."""


class TopicsError(RuntimeError):
    """Topics are missing, cannot be made, or have the wrong number of partitions."""


def sentence_of(error: KafkaError) -> str:
    """Return a sentence about an error of a request."""
    return sentence_of_code(error.code(), error.str())


def sentence_of_code(code: int, words: str) -> str:
    """Return a sentence about an error code of Kafka's protocol or of librdkafka, with the client's own words."""
    known = SENTENCES.get(code)
    return f"{known} ({words})" if known else f"Kafka: {words}"


class ClientErrors:
    """An `error_cb` of one client: its reports about connections, for the sentence when no answer comes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._report = ""
        self.all_down = False
        self.are_final = False  # every broker is down, one for a reason that does not pass by itself

    def __call__(self, error: KafkaError) -> None:
        """Take in a report. The first one that names a reason stays."""
        if error.code() == KafkaError._ALL_BROKERS_DOWN:
            self.all_down = True
        elif not (self._report and _meaning(self._report)):
            self._report = error.str()
        self.are_final = self.all_down and _meaning(self._report) is not None

    def sentence(self) -> str:
        """Return why there is no answer, as far as the client reported it."""
        servers, protocol = self._connection.bootstrap_servers, self._connection.security_protocol
        found = _PLACE.fullmatch(self._report)
        at, broker, words = found.groups() if found else (servers, "bootstrap", self._report)
        meaning = _meaning(self._report)
        if meaning is None and self.all_down and (not words or _CLOSED.search(words)):
            return (
                f"the broker at {servers} closes the connection: does it use {protocol} there? "
                "(SEGUE_SECURITY_PROTOCOL)"
            )
        if meaning is None and broker == "bootstrap":
            return f"{no_answer(self._connection)}{f' ({words})' if words else ''}"
        said = (meaning or "the broker at {at} does not answer").format(at=at, protocol=protocol)
        return f"{said}{'' if 'SEGUE_' in said else _source(broker)} ({words})"


def no_answer(connection: Connection) -> str:
    """Return the sentence for a cluster that does not answer at all."""
    return (
        f"no Kafka broker answers at {connection.bootstrap_servers} (SEGUE_BOOTSTRAP_SERVERS); `segue kafka` starts "
        "one here"
    )


def _meaning(report: str) -> str | None:
    return next((meaning for words, meaning in _MEANINGS if re.search(words, report)), None)


def _source(broker: str) -> str:
    """Return the setting that the address of a broker came from."""
    return " (SEGUE_BOOTSTRAP_SERVERS)" if broker == "bootstrap" else ", as the cluster calls it (advertised.listeners)"
