"""Settings of one sink, checked before anything connects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from stream.kafka.connection import Connection
from stream.sink.address import checked_url, shown_url
from stream.sink.errors import SinkError
from stream.sink.gate import Gate
from stream.sink.policy import SinkPolicy
from stream.store.places import default_store

_DIGEST_CHARS = 12


@dataclass(frozen=True, slots=True)
class SinkSetup:
    """Settings of one sink: audiences, endpoint, rules. Raises SinkError for an address that cannot be used."""

    connection: Connection
    policy: SinkPolicy
    url: str
    segments: tuple[str, ...]
    ledger: Path

    def __post_init__(self) -> None:
        checked_url(self.url, self.policy.sink_allow_http)
        if not self.segments:
            raise SinkError("there is no audience: name segments, such as s-0003 (--segments, SEGUE_SINK_SEGMENTS)")

    @property
    def gate(self) -> Gate:
        """Gate of the audiences."""
        return Gate(frozenset(self.segments), self.policy.sink_consent, self.policy.sink_ttl_ms)

    @property
    def endpoint(self) -> str:
        """The address as it is shown, without secrets."""
        return shown_url(self.url)


def default_ledger(connection: Connection, url: str, environment: Mapping[str, str]) -> Path:
    """Return the file of an endpoint's ledger in the user's state directory: one for each address without query."""
    digest = sha256(shown_url(url).encode()).hexdigest()[:_DIGEST_CHARS]
    return default_store(connection, environment, f"-sink-{digest}")
