"""The connection to Kafka: nothing silently becomes plaintext, and both clients are given the same."""

from __future__ import annotations

import re
import shutil
import ssl
import subprocess
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest
from confluent_kafka import Producer
from kafka import KafkaConsumer

from stream.core.setting import SettingError
from stream.kafka.connection import Connection, Protocol
from tests.cli.command_line import run

SASL = {"sasl_mechanism": "SCRAM-SHA-512", "sasl_username": "ann", "sasl_password": "secret"}
ALLOWED = {"security_protocol": "SASL_PLAINTEXT", "allow_plaintext_sasl": True, **SASL}


class Certificates(NamedTuple):
    """PEM files: an authority that signs itself, the key of it, and a key of no certificate."""

    ca: Path
    key: Path
    other_key: Path
    locked_key: Path


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Made by the openssl program, for `localhost`."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the program openssl")
    folder = tmp_path_factory.mktemp("certificates")
    made = Certificates(*(folder / name for name in ("ca.pem", "key.pem", "other.pem", "locked.pem")))
    ec = ["-pkeyopt", "ec_paramgen_curve:prime256v1"]
    openssl("req", "-x509", "-newkey", "ec", *ec, "-nodes", "-keyout", made.key, "-out", made.ca, "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")  # fmt: skip
    openssl("genpkey", "-algorithm", "EC", *ec, "-out", made.other_key)
    openssl("pkey", "-in", made.key, "-aes256", "-passout", "pass:locked", "-out", made.locked_key)
    return made


def openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def handshake(client: ssl.SSLContext, certificates: Certificates, host: str = "localhost") -> None:
    """A TLS handshake in memory with a server of this certificate; raises what the client finds wrong."""
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificates.ca, certificates.key)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(down, up, server_hostname=host), server.wrap_bio(up, down, server_side=True)]
    while ends:
        for end in list(ends):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            ends.remove(end)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"security_protocol": "TLS"}, "security_protocol must be one of PLAINTEXT, SSL, SASL_SSL, SASL_PLAINTEXT"),
        ({"security_protocol": "ssl"}, "got 'ssl' (SEGUE_SECURITY_PROTOCOL)"),
        ({"sasl_mechanism": "PLAIN"}, "sasl_mechanism is set but security_protocol is PLAINTEXT"),
        ({"sasl_username": "ann"}, "sasl_username is set but security_protocol is PLAINTEXT"),
        ({"sasl_password": "secret"}, "sasl_password is set but security_protocol is PLAINTEXT"),
        ({"security_protocol": "SSL", **SASL}, "the broker would not be asked for it; use SASL_SSL"),
        ({"security_protocol": "SASL_PLAINTEXT", **SASL}, "allow it with SEGUE_ALLOW_PLAINTEXT_SASL=true"),
        ({"security_protocol": "SASL_PLAINTEXT"}, "SASL_PLAINTEXT needs sasl_mechanism, sasl_username and sasl_passwo"),
        ({"security_protocol": "SASL_SSL"}, "needs sasl_mechanism, sasl_username and sasl_password, got none"),
        ({"security_protocol": "SASL_SSL", **SASL, "sasl_password": ""}, "got sasl_mechanism, sasl_username"),
        ({"security_protocol": "SASL_SSL", **SASL, "sasl_mechanism": ""}, "got sasl_username, sasl_password"),
        ({"ssl_cafile": "ca.pem"}, "ssl_cafile is set but security_protocol is PLAINTEXT: the connection would be pla"),
        ({"ssl_certfile": "c.pem", "ssl_keyfile": "k.pem"}, "ssl_certfile is set but security_protocol is PLAINTEXT"),
        ({**ALLOWED, "ssl_cafile": "ca.pem"}, "ssl_cafile is set but security_protocol is SASL_PLAINTEXT"),
        ({**ALLOWED, "ssl_keyfile": "key.pem"}, "ssl_keyfile is set but security_protocol is SASL_PLAINTEXT"),
        ({"security_protocol": "SSL", "ssl_certfile": "c.pem"}, "ssl_certfile and ssl_keyfile go together"),
        ({"security_protocol": "SSL", "ssl_keyfile": "k.pem"}, "ssl_certfile and ssl_keyfile go together"),
    ],
    ids=str,
)
def test_settings_that_contradict_each_other_are_refused(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingError, match=re.escape(sentence)) as caught:
        Connection(**settings)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "servers",
    ["localhost", "localhost:abc", "localhost:0", "localhost:65536", ":9092", "http://localhost:9092", "a b:9092", "",
     "kafka:9092,", "kafka:9092;other:9092", "::1:9092"],
)  # fmt: skip
def test_an_address_without_host_or_port_is_refused_before_anything_connects(servers: str) -> None:
    with pytest.raises(SettingError, match=r"bootstrap_servers must be host:port.*SEGUE_BOOTSTRAP_SERVERS"):
        Connection(servers)


def test_addresses_may_have_blanks_around_and_every_client_gets_them_without() -> None:
    connection = Connection(" kafka-1.example.org:9092 , [::1]:19092")
    assert connection.addresses == ["kafka-1.example.org:9092", "[::1]:19092"]
    assert connection.kafka_python()["bootstrap_servers"] == connection.addresses
    for both in (connection.confluent()["bootstrap.servers"], connection.aiokafka()["bootstrap_servers"]):
        assert both == "kafka-1.example.org:9092,[::1]:19092"


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA512", "plain", "GSSAPI", "OAUTHBEARER"])
def test_a_mechanism_that_needs_more_than_user_and_password_is_refused_with_the_known_ones(mechanism: str) -> None:
    wrong: dict[str, Any] = ALLOWED | {"sasl_mechanism": mechanism}
    with pytest.raises(SettingError, match=r"one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, got .*SEGUE_SASL_MECHANISM"):
        Connection(**wrong)


@pytest.mark.parametrize("protocol", get_args(Protocol))
def test_tls_has_an_explicit_context_that_verifies_and_plaintext_has_none(protocol: Protocol) -> None:
    sasl: dict[str, Any] = SASL if protocol.startswith("SASL") else {}
    given = Connection("kafka:1", protocol, allow_plaintext_sasl=True, **sasl).kafka_python()
    assert given["security_protocol"] == protocol
    context = given.get("ssl_context")
    assert (context is not None) == (protocol in ("SSL", "SASL_SSL"))
    if context is not None:
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname


@pytest.mark.parametrize("protocol", get_args(Protocol))
def test_both_clients_get_the_same_addresses_protocol_and_user(protocol: Protocol) -> None:
    sasl: dict[str, Any] = SASL if protocol.startswith("SASL") else {}
    connection = Connection("one:1,two:2", protocol, allow_plaintext_sasl=True, **sasl)
    one, other = connection.confluent(), connection.kafka_python()
    assert one["bootstrap.servers"] == ",".join(other["bootstrap_servers"]) == "one:1,two:2"
    for name, same in (
        ("security.protocol", "security_protocol"),
        ("sasl.mechanism", "sasl_mechanism"),
        ("sasl.username", "sasl_plain_username"),
        ("sasl.password", "sasl_plain_password"),
    ):
        assert one.get(name) == other.get(same)


@pytest.mark.parametrize("protocol", ["SSL", "SASL_SSL"])
def test_both_clients_know_every_setting(protocol: Protocol, certificates: Certificates) -> None:
    sasl: dict[str, Any] = SASL if protocol.startswith("SASL") else {}
    files: dict[str, Any] = {
        "ssl_cafile": str(certificates.ca),
        "ssl_certfile": str(certificates.ca),
        "ssl_keyfile": str(certificates.key),
    }
    connection = Connection("127.0.0.1:1", protocol, **sasl, **files)
    Producer(connection.confluent())  # librdkafka refuses a name it does not know, and reads the files
    assert set(connection.kafka_python()) <= set(KafkaConsumer.DEFAULT_CONFIG)
    assert connection.confluent()["ssl.ca.location"] == str(certificates.ca)


def test_a_broker_signed_by_the_given_authority_is_accepted(certificates: Certificates) -> None:
    context = Connection(security_protocol="SSL", ssl_cafile=str(certificates.ca)).kafka_python()["ssl_context"]
    handshake(context, certificates)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        handshake(context, certificates, host="elsewhere")


def test_a_broker_signed_by_an_unknown_authority_is_refused(certificates: Certificates) -> None:
    context = Connection(security_protocol="SSL").kafka_python()["ssl_context"]
    with pytest.raises(ssl.SSLCertVerificationError, match="self-signed certificate"):
        handshake(context, certificates)


def test_an_unusable_certificate_file_is_named_before_anything_connects(
    certificates: Certificates, tmp_path: Path
) -> None:
    text = tmp_path / "text.pem"
    text.write_text("no certificate")
    ca, key = str(certificates.ca), str(certificates.key)
    for wrong in (str(tmp_path / "missing.pem"), str(text)):
        with pytest.raises(SettingError, match=f"ssl_cafile {re.escape(wrong)}: .*SEGUE_SSL_CAFILE"):
            Connection(security_protocol="SSL", ssl_cafile=wrong)
    for certificate, its_key in (
        (str(tmp_path / "missing.pem"), key),
        (str(text), key),
        (ca, str(certificates.other_key)),
        (ca, str(certificates.locked_key)),  # must not ask for the passphrase on the terminal either
    ):
        files: dict[str, Any] = {"ssl_certfile": certificate, "ssl_keyfile": its_key}
        with pytest.raises(SettingError, match=f"{re.escape(certificate)} with .*SEGUE_SSL_KEYFILE"):
            Connection(security_protocol="SSL", ssl_cafile=ca, **files)


@pytest.mark.parametrize("words", [("worker",), ("topics", "create"), ("watch",)], ids=" ".join)
def test_a_verb_ends_with_the_message_and_no_traceback(words: tuple[str, ...], tmp_path: Path) -> None:
    env = {"SEGUE_SECURITY_PROTOCOL": "SSL", "SEGUE_SSL_CAFILE": "missing.pem"}
    done = run(tmp_path, *words, env=env)
    assert done.exit_code == 2
    assert "ssl_cafile missing.pem: No such file or directory" in done.stderr
