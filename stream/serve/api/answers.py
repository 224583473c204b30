"""Answers: JSON with an ETag, and with how old its figures are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Any

import msgspec
from fastapi import Request
from starlette.responses import Response

from stream.store.freshness import Freshness

NOT_MODIFIED = 304
_encode = msgspec.json.Encoder().encode


class Answers:
    """Maker of answers. Every answer says in its headers how far the store is behind the topics."""

    def __init__(self, freshness: Callable[[], Freshness]) -> None:
        self._freshness = freshness

    def value(self, request: Request, value: Any) -> Response:
        """Return the answer with a value as JSON."""
        return self.content(request, _encode(value))

    def content(self, request: Request, content: bytes) -> Response:
        """Return the answer with this JSON; 304 without a body if the client has it."""
        tag = f'"{blake2b(content, digest_size=12).hexdigest()}"'
        headers = {"etag": tag, "cache-control": "private, no-cache"} | staleness(self._freshness())
        if has_tag(request.headers.get("if-none-match"), tag):
            return Response(None, NOT_MODIFIED, headers)
        return Response(content, headers=headers, media_type="application/json")


def staleness(found: Freshness) -> dict[str, str]:
    """Return the headers that say how far the store is behind."""
    return {
        "segue-state": found.state.value,
        "segue-age-ms": str(found.behind_ms),
        "segue-lag": str(found.lag),
        "segue-revision": str(found.revision),
    }


def has_tag(if_none_match: str | None, tag: str) -> bool:
    """Return True if the client names this tag, or any (RFC 9110, 13.1.2)."""
    if if_none_match is None:
        return False
    named = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return tag in named or "*" in named


def listing(items: Iterable[bytes], next_value: Any = None) -> bytes:
    """Return the JSON of a page: its items, and where the next one begins, null after the last."""
    return b'{"items":[%b],"next":%b}' % (b",".join(items), _encode(next_value))
