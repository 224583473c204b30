"""Connection settings of every Kafka client, refused if a connection would silently become plaintext."""

from __future__ import annotations

import logging
import re
import ssl
from dataclasses import dataclass
from typing import Any, Literal

from stream.core.setting import SettingError, check_settings, require, setting
from stream.kafka.namespace import PREFIX_CHARS_MAX, Namespace, is_legal

Protocol = Literal["PLAINTEXT", "SSL", "SASL_SSL", "SASL_PLAINTEXT"]

METADATA_MS = 5_000  # after which a group member looks for its topic again; by default 5 minutes after a deletion
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")  # the others need settings that Segue does not have
_ADDRESS = re.compile(r"(?:\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9_.-]+):([0-9]{1,5})")
_SASL = ("sasl_mechanism", "sasl_username", "sasl_password")
_SSL = ("ssl_cafile", "ssl_certfile", "ssl_keyfile")


@dataclass(frozen=True, slots=True)
class Connection:
    """Broker addresses and security.

    Raises SettingError on construction when the settings contradict each other, or a certificate file cannot be used.
    """

    bootstrap_servers: str = setting("127.0.0.1:9092", "Kafka brokers, host:port, comma-separated.")
    security_protocol: Protocol = setting("PLAINTEXT", "Protocol of the connection to the brokers.")
    sasl_mechanism: str = setting("", "SASL mechanism: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.")
    sasl_username: str = setting("", "SASL user.")
    sasl_password: str = setting("", "SASL password; better given by environment than by flag.", secret=True)
    ssl_cafile: str = setting(
        "", "PEM file of the authority that signed the brokers' certificates; empty: the system's."
    )
    ssl_certfile: str = setting("", "PEM file of the client certificate.")
    ssl_keyfile: str = setting("", "PEM file of the client certificate's key.")
    allow_plaintext_sasl: bool = setting(False, "Allow SASL_PLAINTEXT, which sends the password unencrypted.")
    topic_prefix: str = setting(
        "", "Prefix of every topic, consumer group and transactional id, for several deployments on one cluster."
    )

    def __post_init__(self) -> None:
        check_settings(self)
        expected = "host:port, comma-separated, such as kafka-1:9092,kafka-2:9092"
        require(all(map(_is_address, self.addresses)), "bootstrap_servers", expected, self.bootstrap_servers)
        expected = f"at most {PREFIX_CHARS_MAX} letters, digits, dots, underscores or hyphens"
        require(is_legal(self.topic_prefix, PREFIX_CHARS_MAX), "topic_prefix", expected, self.topic_prefix)
        self._check_sasl()
        self._check_ssl()

    def _check_sasl(self) -> None:
        protocol = self.security_protocol
        given = [name for name in _SASL if getattr(self, name)]
        if protocol.startswith("SASL") and len(given) < len(_SASL):
            raise SettingError(
                f"{protocol} needs sasl_mechanism, sasl_username and sasl_password, got {', '.join(given) or 'none'} "
                "(SEGUE_SASL_MECHANISM, SEGUE_SASL_USERNAME, SEGUE_SASL_PASSWORD)"
            )
        if given and not protocol.startswith("SASL"):
            raise SettingError(
                f"{given[0]} is set but security_protocol is {protocol}: the broker would not be asked for it; "
                "use SASL_SSL (SEGUE_SECURITY_PROTOCOL)"
            )
        if given and self.sasl_mechanism not in MECHANISMS:
            raise SettingError.of("sasl_mechanism", f"one of {', '.join(MECHANISMS)}", self.sasl_mechanism)
        if protocol == "SASL_PLAINTEXT" and not self.allow_plaintext_sasl:
            raise SettingError(
                "SASL_PLAINTEXT sends the password unencrypted: use SASL_SSL (SEGUE_SECURITY_PROTOCOL), "
                "or allow it with SEGUE_ALLOW_PLAINTEXT_SASL=true"
            )

    def _check_ssl(self) -> None:
        given = [name for name in _SSL if getattr(self, name)]
        if given and "SSL" not in self.security_protocol.split("_"):
            raise SettingError(
                f"{given[0]} is set but security_protocol is {self.security_protocol}: the connection would be "
                "plaintext; use SSL or SASL_SSL (SEGUE_SECURITY_PROTOCOL)"
            )
        if bool(self.ssl_certfile) != bool(self.ssl_keyfile):
            raise SettingError("ssl_certfile and ssl_keyfile go together (SEGUE_SSL_CERTFILE, SEGUE_SSL_KEYFILE)")
        if given:
            self._tls_context()

    @property
    def addresses(self) -> list[str]:
        """Addresses of the brokers, each host:port."""
        return [address.strip() for address in self.bootstrap_servers.split(",")]

    @property
    def namespace(self) -> Namespace:
        """The deployment's names on the cluster."""
        return Namespace(self.topic_prefix)

    def confluent(self) -> dict[str, Any]:
        """Return confluent-kafka's settings, by librdkafka's names. Log to the standard logger `librdkafka`."""
        names = {
            "bootstrap.servers": ",".join(self.addresses),
            "security.protocol": self.security_protocol,
            "sasl.mechanism": self.sasl_mechanism,
            "sasl.username": self.sasl_username,
            "sasl.password": self.sasl_password,
            "ssl.ca.location": self.ssl_cafile,
            "ssl.certificate.location": self.ssl_certfile,
            "ssl.key.location": self.ssl_keyfile,
        }
        given: dict[str, Any] = {name: value for name, value in names.items() if value}
        return given | {"logger": logging.getLogger("librdkafka")}

    def kafka_python(self) -> dict[str, Any]:
        """Return kafka-python's settings, with an explicit TLS context where the protocol uses TLS."""
        settings: dict[str, Any] = {
            "bootstrap_servers": self.addresses,
            "security_protocol": self.security_protocol,
        }
        if self.security_protocol.startswith("SASL"):
            settings["sasl_mechanism"] = self.sasl_mechanism
            settings["sasl_plain_username"] = self.sasl_username
            settings["sasl_plain_password"] = self.sasl_password
        if self.security_protocol.endswith("SSL"):
            settings["ssl_context"] = self._tls_context()
        return settings

    def aiokafka(self) -> dict[str, Any]:
        """Return aiokafka's settings: as of kafka-python, with the addresses as one string."""
        return self.kafka_python() | {"bootstrap_servers": ",".join(self.addresses)}

    def _tls_context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.ssl_cafile or None)
        except OSError as error:  # ssl.SSLError is one
            raise SettingError(
                f"ssl_cafile {self.ssl_cafile}: {_reason(error)}; give a PEM file of certificates (SEGUE_SSL_CAFILE)"
            ) from error
        if self.ssl_certfile:
            try:
                context.load_cert_chain(self.ssl_certfile, self.ssl_keyfile, password=lambda: "")
            except OSError as error:
                raise SettingError(
                    f"ssl_certfile {self.ssl_certfile} with ssl_keyfile {self.ssl_keyfile}: {_reason(error)}; give a "
                    "PEM certificate and its unencrypted key (SEGUE_SSL_CERTFILE, SEGUE_SSL_KEYFILE)"
                ) from error
        return context


def _is_address(text: str) -> bool:
    found = _ADDRESS.fullmatch(text)
    return found is not None and 1 <= int(found[1]) <= 65_535


def _reason(error: OSError) -> str:
    return (error.reason if isinstance(error, ssl.SSLError) else error.strerror) or str(error)
