"""The policy of contents is strict."""

from __future__ import annotations

from stream.serve.guard.policy import CONTENT_POLICY, SECURITY_HEADERS


def test_only_own_files_are_loaded() -> None:
    sources = {each.split()[0]: each.split()[1:] for each in CONTENT_POLICY.split("; ")}
    assert {part for name, parts in sources.items() for part in parts} == {"'none'", "'self'", "data:"}
    assert sources["default-src"] == sources["frame-ancestors"] == ["'none'"]
    assert sources["script-src"] == ["'self'"]


def test_types_are_not_guessed_and_addresses_are_not_passed_on() -> None:
    headers = dict(SECURITY_HEADERS)
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"referrer-policy"] == b"no-referrer"
