"""Settings of a sink: headers that cannot be misread, and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.core.setting import SettingError
from stream.kafka.connection import Connection
from stream.sink.errors import SinkError
from stream.sink.policy import SinkPolicy
from stream.sink.setup import SinkSetup, default_ledger


def test_headers_are_by_name() -> None:
    policy = SinkPolicy(sink_headers=("Authorization: Bearer a:b", "X-Shop:7"))
    assert policy.headers() == {"Authorization": "Bearer a:b", "X-Shop": "7"}


@pytest.mark.parametrize(
    "header",
    [
        "secret",
        "X Shop: secret",
        ": secret",
        "X-Shop:",
        "X-Shop: secret\r\nHost: evil",
        "X-Shop: sécret",
        "Host: secret",
        "idempotency-key: secret",
        "Content-Type: secret",
    ],
)
def test_a_header_that_is_none_is_refused_without_being_shown(header: str) -> None:
    with pytest.raises(SettingError, match=r"got '\*\*\*' \(SEGUE_SINK_HEADERS\)") as refused:
        SinkPolicy(sink_headers=("X-Fine: 1", header))
    assert "secret" not in str(refused.value)


def test_a_setup_without_an_audience_or_with_a_wrong_address_is_refused(tmp_path: Path) -> None:
    for url, segments, name in (("https://a.example", (), "SEGUE_SINK_SEGMENTS"), ("a", ("s-0001",), "SEGUE_SINK_URL")):
        with pytest.raises(SinkError, match=name):
            SinkSetup(Connection(), SinkPolicy(), url, segments, tmp_path / "ledger.db")


def test_each_address_has_a_ledger_of_its_own_and_a_secret_in_it_does_not_matter() -> None:
    place = {"XDG_STATE_HOME": "/state"}
    urls = ["https://a.example", "https://a.example/b", "https://c.example", "https://a.example?key=1"]
    found = [default_ledger(Connection(), url, place) for url in urls]
    assert found[0] == found[3]
    assert len(set(found)) == 3
    assert {each.parent for each in found} == {Path("/state/segue")}
