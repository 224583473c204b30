"""Addresses of endpoints: what is taken, what is refused, and that no secret is shown."""

from __future__ import annotations

import pytest

from stream.sink.address import checked_url, shown_url
from stream.sink.errors import SinkError


@pytest.mark.parametrize(
    "url",
    [
        "https://crm.example",
        "https://crm.example:8443/a?b=c",
        "http://127.0.0.1:80/a",
        "http://localhost/",
        "http://[::1]/",
    ],
)
def test_an_address_that_keeps_ids_safe_is_taken(url: str) -> None:
    assert checked_url(url, allow_http=False) == url


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("ftp://crm.example", "http:// or https://"),
        ("crm.example/a", "http:// or https://"),
        ("https://", "http:// or https://"),
        ("file:///etc/passwd", "http:// or https://"),
        ("https://me:secret@crm.example", "SEGUE_SINK_HEADERS"),
        ("https://crm.example/#secret", "without #"),
        ("https://crm.example/a b", "without spaces"),
        ("https://crm.example/\n", "without spaces"),
        ("https://crm.example:99999/", "cannot be read"),
        ("https://[crm/", "cannot be read"),
        ("http://crm.example/?key=secret", "SEGUE_SINK_ALLOW_HTTP"),
        ("http://10.0.0.7/", "SEGUE_SINK_ALLOW_HTTP"),
    ],
)
def test_any_other_is_refused_with_the_setting_and_without_secrets(url: str, sentence: str) -> None:
    with pytest.raises(SinkError, match="SEGUE_SINK_URL") as refused:
        checked_url(url, allow_http=False)
    assert sentence in str(refused.value)
    assert "secret" not in str(refused.value)


def test_http_to_another_machine_can_be_allowed() -> None:
    assert checked_url("http://crm.internal/a", allow_http=True)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://crm.example/a?key=secret#x", "https://crm.example/a"),
        ("https://me:secret@crm.example/a/b", "https://crm.example/a/b"),
        ("https://crm.example?key=secret", "https://crm.example"),
        ("https://crm.example", "https://crm.example"),
    ],
)
def test_an_address_is_shown_without_secrets(url: str, shown: str) -> None:
    assert shown_url(url) == shown
