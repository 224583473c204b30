"""How to reach Kafka: one set of settings for every client, refused where they would silently become plaintext."""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass
from typing import Any

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_SSL", "SASL_PLAINTEXT")


class ConnectionSettingsError(ValueError):
    """The connection settings contradict each other; nothing was connected."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Broker addresses and security. Raises ConnectionSettingsError on construction when they do not fit together, or
    a certificate file can not be used."""

    bootstrap_servers: str = "127.0.0.1:9092"
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = ""
    sasl_username: str = ""
    sasl_password: str = ""
    ssl_cafile: str = ""
    ssl_certfile: str = ""
    ssl_keyfile: str = ""
    allow_plaintext_sasl: bool = False

    def __post_init__(self) -> None:
        protocol = self.security_protocol
        if protocol not in PROTOCOLS:
            raise ConnectionSettingsError(
                f"security_protocol must be one of {', '.join(PROTOCOLS)}, got {protocol!r} (SEGUE_SECURITY_PROTOCOL)"
            )
        self._check_sasl(protocol)
        given_ssl = [n for n in ("ssl_cafile", "ssl_certfile", "ssl_keyfile") if getattr(self, n)]
        if given_ssl and "SSL" not in protocol.split("_"):
            raise ConnectionSettingsError(
                f"{given_ssl[0]} is set but security_protocol is {protocol}: the connection would be plaintext; "
                "use SSL or SASL_SSL (SEGUE_SECURITY_PROTOCOL)"
            )
        if bool(self.ssl_certfile) != bool(self.ssl_keyfile):
            raise ConnectionSettingsError("ssl_certfile and ssl_keyfile go together (SEGUE_SSL_CERTFILE, _KEYFILE)")
        if given_ssl:
            self._tls_context()

    def _check_sasl(self, protocol: str) -> None:
        given = [n for n in ("sasl_mechanism", "sasl_username", "sasl_password") if getattr(self, n)]
        if protocol.startswith("SASL") and len(given) < 3:
            raise ConnectionSettingsError(
                f"{protocol} needs sasl_mechanism, sasl_username and sasl_password, got {', '.join(given) or 'none'}"
            )
        if given and not protocol.startswith("SASL"):
            raise ConnectionSettingsError(
                f"{given[0]} is set but security_protocol is {protocol}: the broker would not be asked for it; "
                "use SASL_SSL (SEGUE_SECURITY_PROTOCOL)"
            )
        if protocol == "SASL_PLAINTEXT" and not self.allow_plaintext_sasl:
            raise ConnectionSettingsError(
                "SASL_PLAINTEXT sends the password unencrypted: use SASL_SSL, "
                "or say so by name with SEGUE_ALLOW_PLAINTEXT_SASL=true"
            )

    def confluent(self) -> dict[str, Any]:
        """Settings for confluent-kafka (librdkafka's names); its log lines go to the standard logger `librdkafka`."""
        names = {
            "bootstrap.servers": self.bootstrap_servers,
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
        """Settings for kafka-python, with an explicit TLS context wherever the protocol says TLS."""
        settings: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers.split(","),
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
        """Settings for aiokafka: kafka-python's, with the addresses as one string."""
        return self.kafka_python() | {"bootstrap_servers": self.bootstrap_servers}

    def _tls_context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.ssl_cafile or None)
        except OSError as error:  # ssl.SSLError is one
            raise ConnectionSettingsError(
                f"ssl_cafile {self.ssl_cafile}: {_reason(error)}; give a PEM file of certificates (SEGUE_SSL_CAFILE)"
            ) from error
        if self.ssl_certfile:
            try:
                context.load_cert_chain(self.ssl_certfile, self.ssl_keyfile, password=lambda: "")
            except OSError as error:
                raise ConnectionSettingsError(
                    f"ssl_certfile {self.ssl_certfile} with ssl_keyfile {self.ssl_keyfile}: {_reason(error)}; give a "
                    "PEM certificate and its unencrypted key (SEGUE_SSL_CERTFILE, SEGUE_SSL_KEYFILE)"
                ) from error
        return context


def _reason(error: OSError) -> str:
    return (error.reason if isinstance(error, ssl.SSLError) else error.strerror) or str(error)
