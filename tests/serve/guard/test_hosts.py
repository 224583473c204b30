"""A server on loopback answers to names of loopback only."""

from __future__ import annotations

import pytest

from stream.serve.guard.hosts import Hosts
from stream.settings import ServeSettings

TOKENS = ("0123456789abcdef",)


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        (b"127.0.0.1", True),
        (b"127.0.0.1:8765", True),
        (b"LOCALHOST:1", True),
        (b"[::1]", True),
        (b"[::1]:8765", True),
        (b"evil.example", False),
        (b"evil.example:8765", False),
        (b"localhost.evil.example", False),
        (b"127.0.0.1.evil.example:80", False),
        (b"", False),
        (None, False),
        (b"\xff", False),
    ],
)
def test_loopback_has_only_its_own_names(host: bytes | None, allowed: bool) -> None:
    assert Hosts(ServeSettings()).allows(host) == allowed


def test_another_loopback_address_is_a_name_too() -> None:
    assert Hosts(ServeSettings(serve_host="127.0.0.2")).allows(b"127.0.0.2:80")


def test_configured_names_are_allowed_besides_those_of_loopback() -> None:
    hosts = Hosts(ServeSettings(serve_names=("Segue.example",)))
    assert hosts.allows(b"segue.example:443")
    assert hosts.allows(b"localhost")


def test_behind_tokens_any_name_will_do_unless_names_are_configured() -> None:
    assert Hosts(ServeSettings(serve_host="0.0.0.0", serve_tokens=TOKENS)).allows(b"anything")
    named = Hosts(ServeSettings(serve_host="0.0.0.0", serve_tokens=TOKENS, serve_names=("segue.example",)))
    assert not named.allows(b"anything")
