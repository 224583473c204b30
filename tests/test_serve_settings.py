"""Settings of `segue serve` never open users' data to a network without a token."""

from __future__ import annotations

import re
from typing import Any

import pytest

from stream.core.setting import SettingError
from stream.settings import ServeSettings

TOKEN = "0123456789abcdef"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1"])
def test_loopback_needs_no_token(host: str) -> None:
    assert ServeSettings(serve_host=host).is_loopback


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.0.2", "segue.example"])
def test_another_address_needs_a_token_and_says_its_variable(host: str) -> None:
    with pytest.raises(SettingError, match="SEGUE_SERVE_TOKENS"):
        ServeSettings(serve_host=host)
    assert not ServeSettings(serve_host=host, serve_tokens=(TOKEN,)).is_loopback


@pytest.mark.parametrize("token", ["short", "0123456789abcdé!"])
def test_a_weak_token_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(SettingError, match=r"got '\*\*\*' \(SEGUE_SERVE_TOKENS\)"):
        ServeSettings(serve_tokens=(TOKEN, token))


@pytest.mark.parametrize("origin", ["*", "shop.example", "https://shop.example/", "https://", "null", "file://a"])
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(SettingError, match=re.escape("(SEGUE_SERVE_ORIGINS)")):
        ServeSettings(serve_origins=(origin,))
    assert ServeSettings(serve_origins=("https://shop.example", "http://localhost:3000")).serve_origins


@pytest.mark.parametrize("wrong", [{"serve_port": -1}, {"serve_port": 65_536}, {"serve_rate": 0.0}])
def test_a_number_out_of_bounds_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match="SEGUE_SERVE_"):
        ServeSettings(**wrong)
