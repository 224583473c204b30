"""The decoder of flat JSON events as it was on 2026-11-27, at commit 0b6d050: the yardstick of the bare loop.

A copy of what `decode_json` then did for a clean flat event, step by step. The bare loop keeps it, so that a faster
decoder in `stream.wire` moves the workers and not the yardstick. Nothing here follows later changes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from math import isfinite
from types import MappingProxyType
from typing import Any

import msgspec

_DEPTH_MAX = 200
_USER_CHARS_MAX = 256
_ID_CHARS_MAX = 256
_AMOUNT_MAX = 1e15
_FIRST_MS, _END_MS = 946_684_800_000, 4_102_444_800_000  # 2000-01-01, 2100-01-01
_SECONDS_BELOW = 1e11
_KIND_CHARS_MAX = 64
_KINDS = {
    "Products Searched": "search",
    "Product Viewed": "view",
    "Product Clicked": "view",
    "Product List Viewed": "view",
    "Product List Filtered": "view",
    "Order Completed": "purchase",
}


@dataclass(frozen=True, slots=True)
class NotPinned:
    """A message that is no clean flat event with a time in numbers: this copy has no path for it."""

    reason: str


@dataclass(frozen=True, slots=True)
class PinnedEvent:
    """An event, with the fields of `stream.core.event.Event` on that day."""

    user: str
    id: str
    kind: str
    time_ms: int
    text: str = ""
    amount: float = 0.0
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PinnedFields:
    """A mapping of kinds, and the longest text, with the defaults of that day."""

    kinds: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(_KINDS))
    default_kind: str = "other"
    max_text_chars: int = 512

    def kind_of(self, name: str | None) -> str:
        """Return the kind of an event name."""
        if not name:
            return self.default_kind
        return self.kinds.get(name) or _snake_case(name[:_KIND_CHARS_MAX]) or self.default_kind

    def clean(self, text: str) -> str:
        """Collapse whitespace, and cut."""
        n_max = self.max_text_chars
        words = text.split(None, n_max)[:n_max]
        return " ".join(words)[:n_max].rstrip()


class _Flat(msgspec.Struct, frozen=True):
    user_id: int | str | None = None
    timestamp: int | float | str | None = None
    text: str | None = None
    kind: str | None = None
    amount: float | None = None
    id: str | None = None
    event_id: str | None = None
    type: Any = None


_flat = msgspec.json.Decoder(_Flat)


def decode_pinned(key: bytes | None, value: bytes | None, fields: PinnedFields) -> PinnedEvent | NotPinned:
    """Return the event of a clean flat message."""
    if value is None:
        return NotPinned("null")
    understood = _parse(value)
    if isinstance(understood, NotPinned):
        return understood
    message, ignored = understood
    match message:
        case _Flat():
            return _event_of(message, key, value, fields, ignored)


def _parse(value: bytes) -> tuple[_Flat, Sequence[str]] | NotPinned:
    try:
        value.decode()
    except UnicodeDecodeError as error:
        return NotPinned(str(error))
    if _is_too_deep(value):
        return NotPinned("nested")
    try:
        flat = _flat.decode(value)
        if flat.type is None:
            return (flat, ()) if flat.user_id is not None else NotPinned("no user")
    except (msgspec.DecodeError, LookupError, TypeError) as error:
        return NotPinned(str(error))
    return NotPinned("a call")


def _is_too_deep(value: bytes) -> bool:
    return value.count(b"{") + value.count(b"[") > _DEPTH_MAX


def _event_of(
    flat: _Flat, key: bytes | None, value: bytes, fields: PinnedFields, ignored: Sequence[str] = ()
) -> PinnedEvent | NotPinned:
    user = _validate_user(key, flat.user_id)
    if isinstance(user, NotPinned):
        return user
    time_ms = _to_ms(flat.timestamp)
    if isinstance(time_ms, NotPinned):
        return time_ms
    amount = flat.amount or 0.0
    if not -_AMOUNT_MAX <= amount <= _AMOUNT_MAX:
        amount, ignored = 0.0, (*ignored, "amount")
    event_id = flat.id or flat.event_id or _hash(value)
    if len(event_id) > _ID_CHARS_MAX:
        event_id = _hash(event_id.encode())
    text = fields.clean(flat.text) if flat.text else ""
    return PinnedEvent(user, event_id, fields.kind_of(flat.kind), time_ms, text, amount, tuple(ignored))


def _validate_user(key: bytes | None, user: int | str | None) -> str | NotPinned:
    if user is None:
        return NotPinned("no user")
    user = str(user)
    if not user or user.isspace():
        return NotPinned("no user")
    if len(user) > _USER_CHARS_MAX:
        return NotPinned("a long user")
    if key is None:
        return NotPinned("no key")
    if key != user.encode():
        return NotPinned("another key")
    return user


def _to_ms(timestamp: int | float | str | None) -> int | NotPinned:
    if timestamp is None:
        return NotPinned("no time")
    time_ms = None if isinstance(timestamp, str) else _number_ms(timestamp)
    if time_ms is None:
        return NotPinned("a time in words")
    if _FIRST_MS <= time_ms < _END_MS:
        return time_ms
    return NotPinned("a time out of range")


def _number_ms(number: int | float) -> int:
    if isinstance(number, float) and not isfinite(number):
        return _END_MS
    return round(number * 1000 if -_SECONDS_BELOW < number < _SECONDS_BELOW else number)


def _hash(data: bytes) -> str:
    return blake2b(data, digest_size=8).hexdigest()


@lru_cache(maxsize=4096)
def _snake_case(name: str) -> str:
    return re.sub(r"\W+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).strip("_").lower()
