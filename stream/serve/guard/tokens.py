"""Tokens that open the application: `Authorization: Bearer TOKEN`, or Basic with the token as password.

A browser that opens a page can only ask its reader for a name and a password. The name does not matter.
"""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode
from collections.abc import Iterable


class Tokens:
    """Tokens of a server; without any, every request is let in."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self._tokens = [token.encode() for token in tokens]

    @property
    def needed(self) -> bool:
        """True if requests need a token."""
        return bool(self._tokens)

    def number(self, authorization: bytes | None) -> int | None:
        """Return the number of the token in a header, None for none of ours. Time does not tell how much is right."""
        given = token_in(authorization or b"")
        found = None
        for number, token in enumerate(self._tokens):
            if hmac.compare_digest(token, given):
                found = number
        return found


def token_in(authorization: bytes) -> bytes:
    """Return the token in a header of the scheme Bearer or Basic; empty if there is none."""
    scheme, _, rest = authorization.strip().partition(b" ")
    match scheme.lower():
        case b"bearer":
            return rest.strip()
        case b"basic":
            try:
                return b64decode(rest.strip(), validate=True).partition(b":")[2]
            except binascii.Error:
                return b""
    return b""
