"""The JSON forms of `user-events`: flat events, calls of the Segment spec, and erasures.

A message without `type` is flat; one with a `type` is a call. A behaviour call is reduced to the flat form. The time of
a call is the first readable one of timestamp, originalTimestamp, sentAt and receivedAt.
Missing, null and default are the same. Unread fields are validated for UTF-8 and JSON syntax alone.

A clean message is decoded once, to the types of `calls`. Any other is read again, field by field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from math import inf
from typing import Any

import msgspec
import numpy as np

from stream.core.event import TRAITS_BYTES_MAX, Content, Declaration, Erasure, Ignored, Rejected, Scalar
from stream.core.reasons import Reason
from stream.wire.calls import CALLS, Alias, Behaviour, Call, Erase, Flat, Group, Identify, Time, Track
from stream.wire.fields import Fields
from stream.wire.flat_events import event_of
from stream.wire.hints import looks_like
from stream.wire.near_misses import Understood, understand
from stream.wire.reasons import rejected
from stream.wire.timestamps import to_ms
from stream.wire.users import erased_user, user_of_call, validate_user

DEPTH_MAX = 200  # a fixed limit, so that the interpreter's own, which moves with the stack, never decides

_INT64_END = 2**63  # larger integers fit no wire format we write
_INT_DIGITS_MAX = 400  # more are beyond a double

_flat = msgspec.json.Decoder(Flat)
_untyped = msgspec.json.Decoder()
_calls: dict[str, msgspec.json.Decoder[Call]] = {name: msgspec.json.Decoder(form) for name, form in CALLS.items()}

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_DEEPER = np.zeros(256, np.int8)  # change of depth at each byte, outside of strings
_DEEPER[list(b"[{")], _DEEPER[list(b"]}")] = 1, -1


def decode_json(key: bytes | None, value: bytes | None, fields: Fields) -> Content:
    """Return the content of a JSON message."""
    if value is None:
        return rejected(Reason.NULL_VALUE)
    understood = _parse(value)
    if isinstance(understood, Rejected):
        return understood
    return content_of_message(*understood, key, value, fields)


def content_of_message(
    message: Flat | Call, ignored: Sequence[str], key: bytes | None, value: bytes, fields: Fields
) -> Content:
    """Return the content of a record whose `value` was decoded to `message`."""
    match message:
        case Flat():
            return event_of(message, key, value, fields, ignored)
        case Alias() | Group():
            return Ignored(type(message).__name__.lower())
        case Erase():
            erased = erased_user(key, user_of_call(message))
            return erased if isinstance(erased, Rejected) else Erasure(erased)
        case Identify():
            user = validate_user(key, user_of_call(message))
            return user if isinstance(user, Rejected) else _declaration(user, message, ignored)
    if isinstance(message, Track) and not message.event:
        return rejected(Reason.MISSING_EVENT)
    found = list(ignored)
    time = _time_of(message, found)
    return event_of(flat_of_behaviour(message, time, fields, found), key, value, fields, found)


def flat_of_behaviour(call: Behaviour, timestamp: Time, fields: Fields, ignored: list[str]) -> Flat:
    """Return the flat form of a behaviour call at a time. Append paths that were not understood to `ignored`."""
    return Flat(
        user_id=user_of_call(call),
        timestamp=timestamp,
        text=fields.text_of(call, ignored),
        kind=call.event if isinstance(call, Track) else fields.page_kind,
        amount=fields.amount_of(call, ignored),
        id=call.message_id,
    )


def _declaration(user: str, message: Identify, ignored: Sequence[str]) -> Declaration | Rejected:
    """Return the declared scalars; nested values and integers beyond 64 bits are dropped."""
    traits = {name: trait for name, trait in (message.traits or {}).items() if _is_kept(trait)}
    n_bytes = len(msgspec.json.encode(traits))
    if n_bytes > TRAITS_BYTES_MAX:
        return rejected(Reason.TRAITS_TOO_LARGE, f"expected at most {TRAITS_BYTES_MAX} bytes, got {n_bytes}")
    return Declaration(user, traits, tuple(ignored))


def _is_kept(trait: Any) -> bool:
    if isinstance(trait, int | float):
        return -_INT64_END <= trait < _INT64_END or (isinstance(trait, float) and -inf < trait < inf)
    return isinstance(trait, Scalar)


def _time_of(call: Behaviour, ignored: list[str]) -> Time:
    """Return the first readable time, else the first that is present."""
    if call.timestamp is not None and not isinstance(usual := to_ms(call.timestamp), Rejected):
        return usual
    times = (
        ("timestamp", call.timestamp),
        ("originalTimestamp", call.original_timestamp),
        ("sentAt", call.sent_at),
        ("receivedAt", call.received_at),
    )
    given = [(name, time) for name, time in times if time is not None]
    for at, (_, time) in enumerate(given):
        time_ms = to_ms(time)
        if not isinstance(time_ms, Rejected):
            ignored += [name for name, _ in given[:at]]
            return time_ms
    return given[0][1] if given else None


def _parse(value: bytes) -> Understood | Rejected:
    try:
        value.decode()  # also the fields that are not read
    except UnicodeDecodeError as error:
        return rejected(Reason.NOT_UTF8, f"byte {error.start}: {error.reason}{looks_like(value)}")
    if _is_too_deep(value):
        return rejected(Reason.TOO_DEEP)
    try:
        flat = _flat.decode(value)
        if flat.type is None:
            return (flat, ()) if flat.user_id is not None else _parse_again(value)
        call = _calls[flat.type].decode(value)
    except (msgspec.DecodeError, LookupError, TypeError):  # another type of message, or of a field
        return _parse_again(value)
    return (call, ()) if type(user_of_call(call)) in (str, int) else _parse_again(value)


def _parse_again(value: bytes) -> Understood | Rejected:
    """Return a message that has not the types of `calls`, as far as it is understood; else its rejection."""
    try:
        document = _untyped.decode(value)
    except msgspec.ValidationError:
        document = _with_infinity(value)
    except msgspec.DecodeError as malformed:
        return rejected(Reason.NOT_JSON, f"{malformed}{looks_like(value)}")
    if isinstance(document, dict):
        return understand(document)
    return document if isinstance(document, Rejected) else rejected(Reason.NOT_AN_OBJECT, _what(value))


def _with_infinity(value: bytes) -> Any:
    """Return the document of a JSON text with numbers beyond a double, as infinity; else its rejection."""
    try:
        document = json.loads(value, parse_int=_integer, parse_constant=_refuse)
        msgspec.json.encode(document)  # refuses lone surrogates, which Python lets through
    except ValueError as malformed:  # JSONDecodeError and UnicodeEncodeError, too
        return rejected(Reason.NOT_JSON, f"{malformed}{looks_like(value)}")
    return document


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _INT_DIGITS_MAX else float(digits)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _what(value: bytes) -> str:
    return f"The value is JSON but not an object{looks_like(value)}"


def _is_too_deep(value: bytes) -> bool:
    if value.count(b"{") + value.count(b"[") <= DEPTH_MAX:
        return False
    outside = np.frombuffer(_STRING.sub(b"", value), np.uint8)
    return bool(np.cumsum(_DEEPER[outside], dtype=np.int32).max(initial=0) > DEPTH_MAX)
