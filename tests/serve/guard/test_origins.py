"""CORS headers are for configured origins only."""

from __future__ import annotations

from stream.serve.guard.origins import Origins

SHOP = Origins(["https://shop.example"])
ASKS = {b"origin": b"https://shop.example", b"access-control-request-method": b"GET"}


def test_without_configuration_there_is_no_header() -> None:
    assert Origins(()).headers(ASKS) == []
    assert not Origins(()).is_preflight("OPTIONS", ASKS)


def test_a_configured_origin_may_read_and_another_may_not() -> None:
    assert (b"access-control-allow-origin", b"https://shop.example") in SHOP.headers(ASKS)
    assert dict(SHOP.headers({b"origin": b"https://evil.example"})) == {b"vary": b"Origin"}


def test_a_preflight_of_a_configured_origin_is_answered() -> None:
    assert SHOP.is_preflight("OPTIONS", ASKS)
    assert not SHOP.is_preflight("GET", ASKS)
    assert not SHOP.is_preflight("OPTIONS", ASKS | {b"origin": b"https://evil.example"})
    allowed = dict(SHOP.preflight_headers(ASKS))
    assert b"authorization" in allowed[b"access-control-allow-headers"]
    assert b"POST" in allowed[b"access-control-allow-methods"]
