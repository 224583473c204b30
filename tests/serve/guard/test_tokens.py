"""Tokens come as Bearer, or as the password that a browser asks for."""

from __future__ import annotations

from base64 import b64encode

import pytest

from stream.serve.guard.tokens import Tokens, token_in

ONE, TWO = "0123456789abcdef", "fedcba9876543210"


def basic(text: str) -> bytes:
    return b"Basic " + b64encode(text.encode())


@pytest.mark.parametrize(
    ("header", "number"),
    [
        (f"Bearer {ONE}".encode(), 0),
        (f"bearer  {TWO} ".encode(), 1),
        (basic(f"anyone:{TWO}"), 1),
        (basic(f":{ONE}"), 0),
        (basic(ONE), None),
        (ONE.encode(), None),
        (f"Bearer {ONE}x".encode(), None),
        (f"Bearer {ONE[:-1]}".encode(), None),
        (b"Bearer", None),
        (b"Basic !!!", None),
        (b"Bearer \xff", None),
        (b"", None),
        (None, None),
    ],
)
def test_the_token_of_a_header_is_found(header: bytes | None, number: int | None) -> None:
    assert Tokens((ONE, TWO)).number(header) == number


def test_a_password_may_hold_colons() -> None:
    assert token_in(basic("ann:a:b")) == b"a:b"


def test_without_tokens_none_is_needed() -> None:
    assert not Tokens(()).needed
    assert Tokens((ONE,)).needed
