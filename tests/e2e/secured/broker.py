"""A broker as in a secured cluster: TLS, mutual TLS, SASL/SCRAM, and access control lists that are enforced.

One JVM with a listener for each case. The plaintext listener is the administrator's, that is the test's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclBindingFilter, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType
from confluent_kafka.admin._scram import ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from trustme import CA, LeafCert

from stream.devkafka import EmbeddedKafka, PortTakenError
from stream.devkafka.ports import free_port
from stream.kafka.connection import Connection

USER, PASSWORD = "worker", "correct horse"
REAUTHENTICATE_MS = 2000
_ANSWER_S = 30.0
_PROTOCOLS = {"PLAINTEXT": "PLAINTEXT", "SASL": "SASL_SSL", "MUTUAL": "SSL", "EXPIRED": "SSL", "OTHER": "SSL"}

Right = tuple[str, str, str]  # resource type, name, operation; a name that ends with * is a prefix


@dataclass(frozen=True, slots=True)
class SecuredBroker:
    """A running broker, its ports by listener, the authority of its certificates, and one that it does not know."""

    kafka: EmbeddedKafka
    ports: Mapping[str, int]
    folder: Path
    ca: CA
    stranger: CA

    @property
    def admin(self) -> Connection:
        """The connection of the administrator."""
        return Connection(self.address("PLAINTEXT"))

    def address(self, listener: str) -> str:
        """The address of a listener."""
        return f"127.0.0.1:{self.ports[listener]}"

    def tls(self, listener: str, **settings: Any) -> dict[str, Any]:
        """Return the settings of a connection by TLS that knows the authority."""
        known = {"security_protocol": "SSL", "ssl_cafile": str(self.folder / "ca.pem")}
        return {"bootstrap_servers": self.address(listener)} | known | settings

    def sasl(self, prefix: str, **settings: Any) -> dict[str, Any]:
        """Return the settings of the user's connection, for the deployment with this prefix."""
        user = {"sasl_mechanism": "SCRAM-SHA-512", "sasl_username": USER, "sasl_password": PASSWORD}
        return self.tls("SASL", security_protocol="SASL_SSL", topic_prefix=prefix, **user) | settings

    def client_files(self, authority: CA, name: str) -> dict[str, str]:
        """Write a client's certificate of an authority; return the settings that name the files."""
        leaf = authority.issue_cert(f"{name}.example", common_name=name)
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
        key.write_bytes(leaf.private_key_pem.bytes())
        return {"ssl_certfile": str(certificate), "ssl_keyfile": str(key)}

    def set_password(self, password: str, user: str = USER) -> None:
        """Set the password of a user."""
        change = UserScramCredentialUpsertion(
            user, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), password.encode()
        )
        client = AdminClient(self.admin.confluent())
        [done] = client.alter_user_scram_credentials([change]).values()
        done.result(_ANSWER_S)

    def grant(self, rights: Iterable[Right], user: str = USER) -> None:
        """Give a user these rights, and take all others away."""
        any_of: Any = (None, ResourcePatternType.ANY, f"User:{user}", None, AclOperation.ANY, AclPermissionType.ANY)
        everything = AclBindingFilter(ResourceType.ANY, *any_of)
        client = AdminClient(self.admin.confluent())
        client.delete_acls([everything])[everything].result(_ANSWER_S)
        if bindings := [_binding(right, user) for right in rights]:
            for done in client.create_acls(bindings).values():
                done.result(_ANSWER_S)


@contextmanager
def secured_broker(folder: Path) -> Iterator[SecuredBroker]:
    """Start the broker; `folder` is for certificates."""
    ca, stranger = CA(), CA()
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    stranger.cert_pem.write_to_path(str(folder / "stranger.pem"))
    kafka, ports = _started(ca)
    try:
        broker = SecuredBroker(kafka, ports, folder, ca, stranger)
        broker.set_password(PASSWORD)
        yield broker
    finally:
        kafka.stop()


def _started(ca: CA) -> tuple[EmbeddedKafka, dict[str, int]]:
    """Start on drawn ports, again if another process was faster."""
    for _ in range(5):
        ports = {name: free_port() for name in ("CONTROLLER", *_PROTOCOLS)}
        kafka = EmbeddedKafka(port=ports["PLAINTEXT"], heap_mb=384, properties=_properties(ports, ca))
        try:
            return kafka.start(), ports
        except PortTakenError:
            continue
    raise AssertionError("no free ports")


def _properties(ports: Mapping[str, int], ca: CA) -> dict[str, str]:
    listeners = ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items())
    protocols = ",".join(f"{name}:{protocol}" for name, protocol in (_PROTOCOLS | {"CONTROLLER": "PLAINTEXT"}).items())
    yesterday = datetime.now(UTC) - timedelta(days=1)
    good, other = ca.issue_cert("127.0.0.1", "localhost"), ca.issue_cert("kafka.example")
    expired = ca.issue_cert("127.0.0.1", not_before=yesterday - timedelta(days=9), not_after=yesterday)
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    return {
        "listeners": listeners,
        "advertised.listeners": ",".join(each for each in listeners.split(",") if not each.startswith("CONTROLLER")),
        "listener.security.protocol.map": protocols,
        "controller.quorum.voters": f"1@127.0.0.1:{ports['CONTROLLER']}",
        "inter.broker.listener.name": "PLAINTEXT",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl.scram-sha-512.sasl.jaas.config": scram,
        "listener.name.sasl.connections.max.reauth.ms": str(REAUTHENTICATE_MS),
        "ssl.principal.mapping.rules": "RULE:^.*CN=([^,]+).*$/$1/",
        "listener.name.mutual.ssl.client.auth": "required",
        **_keystore("sasl", good, ca),
        **_keystore("mutual", good, ca),
        **_keystore("expired", expired, ca),
        **_keystore("other", other, ca),
    }


def _keystore(listener: str, leaf: LeafCert, ca: CA) -> dict[str, str]:
    """Return a listener's certificate, with its key as PKCS #8, the form that Java reads."""
    key = load_pem_private_key(leaf.private_key_pem.bytes(), None)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    stores = {
        "keystore.type": "PEM",
        "keystore.certificate.chain": b"".join(blob.bytes() for blob in leaf.cert_chain_pems).decode(),
        "keystore.key": pem.decode(),
        "truststore.type": "PEM",
        "truststore.certificates": ca.cert_pem.bytes().decode(),
    }
    return {f"listener.name.{listener}.ssl.{name}": value for name, value in stores.items()}


def _binding(right: Right, user: str) -> AclBinding:
    kind, name, operation = right
    pattern = ResourcePatternType.PREFIXED if name.endswith("*") else ResourcePatternType.LITERAL
    return AclBinding(
        ResourceType[kind],
        name.removesuffix("*"),
        pattern,
        f"User:{user}",
        "*",
        AclOperation[operation],
        AclPermissionType.ALLOW,
    )
