"""Messages that do not have the types of `calls`, read as far as they can be understood.

Only the user, the time, and the name of a track call can cost a message. Any other field that is not understood counts
as missing, and its path is returned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from types import MappingProxyType
from typing import Any

import msgspec

from stream.core.event import Rejected
from stream.core.reasons import Reason
from stream.wire.amounts import read_amount
from stream.wire.calls import CALLS, TIMES, Call, Flat, call_name
from stream.wire.json_paths import parse_text
from stream.wire.reasons import rejected
from stream.wire.users import pick_user

_TEXTS = ("messageId", "event", "name", "category")
_NUMBERED = ("messageId", "event")
_OBJECTS = ("properties", "context", "traits")

_NAMES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {name: {each.name: each.encode_name for each in msgspec.structs.fields(form)} for name, form in CALLS.items()}
)


Understood = tuple[Flat | Call, Sequence[str]]  # a message, and the paths of fields that were not understood


def understand(document: dict[str, Any]) -> Understood | Rejected:
    """Return the message of a JSON object, or its rejection."""
    name = call_name(document.get("type"), document)
    if name in ("alias", "group"):
        return CALLS[name](), ()
    return _flat(document) if name is None else _call(name, document)


def _flat(document: dict[str, Any]) -> Understood | Rejected:
    """Return a flat event. A `type` that names no call is its kind, if there is a `user_id`."""
    ignored: list[str] = []
    named = document.get("type")
    if isinstance(named, str) and named.strip():
        if document.get("user_id") is None:
            return rejected(Reason.UNKNOWN_TYPE, f"expected one of {', '.join(CALLS)}, got {named[:40]!r}")
    elif named is not None:
        named = None
        ignored.append("type")
    user = _user(document.get("user_id"), "user_id")
    time = document.get("timestamp")
    if isinstance(user, Rejected):
        return user
    if user is None and (document.get("userId") is not None or document.get("event") is not None):
        return rejected(Reason.MISSING_USER, "a flat event has a user_id; a call of the Segment spec has a type, too")
    if time is not None and not _is_time(time):
        return _wrong_type("timestamp", time)
    texts = {name: _text(document.get(name), name, ignored) for name in ("kind", "id", "event_id")}
    texts["text"] = _text(document.get("text"), "text", ignored, numbers=False)
    amount = document.get("amount")
    if amount is not None and read_amount(amount) is None:
        ignored.append("amount")
    texts["kind"] = texts["kind"] or named
    return Flat(user_id=user, timestamp=time, amount=read_amount(amount), **texts), ignored


def _call(name: str, document: dict[str, Any]) -> Understood | Rejected:
    ignored: list[str] = []
    raw = pick_user(document.get("userId"), document.get("user_id"), document.get("anonymousId"))
    user = _user(raw, "userId")
    if isinstance(user, Rejected):
        return user
    times = {each: document.get(each) for each in TIMES}
    odd = {each: time for each, time in times.items() if time is not None and not _is_time(time)}
    if odd and all(time is None for each, time in times.items() if each not in odd):
        return _wrong_type(*next(iter(odd.items())))
    values: dict[str, Any] = {"userId": user, **{each: None if each in odd else time for each, time in times.items()}}
    ignored += odd
    for each in _TEXTS:
        values[each] = _text(document.get(each), each, ignored, numbers=each in _NUMBERED)
    for each in _OBJECTS:
        values[each] = _object(document.get(each), each, ignored)
    names = _NAMES[name]
    ignored = [path for path in ignored if path in names.values()]
    return CALLS[name](**{own: values[wire] for own, wire in names.items() if wire in values}), ignored


def _user(value: Any, name: str) -> str | Rejected | None:
    """Return the id of a user; an integer is its decimal text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _wrong_type(name, value)


def _text(value: Any, path: str, ignored: list[str], numbers: bool = True) -> str | None:
    """Return a text. A number is its text in an id and in a name of an action, not in words about an interest."""
    if value is None or isinstance(value, str):
        return value
    if numbers and isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
        return str(value)
    ignored.append(path)
    return None


def _object(value: Any, path: str, ignored: list[str]) -> dict[str, Any] | None:
    """Return an object, also from its JSON text; an empty list is one without fields, as PHP writes it."""
    if isinstance(value, str):
        value = parse_text(value)
    if value is None or isinstance(value, dict):
        return value
    if value != []:
        ignored.append(path)
    return None


def _is_time(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _wrong_type(name: str, value: Any) -> Rejected:
    return rejected(
        Reason.WRONG_TYPE, f"{name} is a {type(value).__name__}: expected text or a number, got {str(value)[:40]}"
    )
