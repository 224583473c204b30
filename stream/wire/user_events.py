"""Bytes of `user-events` to what they mean. Never raises on bad data: that is a `Rejected` with one of REASONS.

A message without `type` is flat, one with it is a Segment call; a call that is behaviour is reduced to the flat form.
The person is `user_id`; in a call `userId`, else `anonymousId`. It must be the key.
A call happened at the first of timestamp, originalTimestamp, sentAt and receivedAt that it has.
Missing, null and default are the same. Fields that are not read are not looked into.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Any

import msgspec
import numpy as np

from stream.core.event import TRAITS_BYTES_MAX, Content, Declaration, Erasure, Event, Ignored, Rejected, Scalar
from stream.wire.calls import Alias, Behaviour, Call, CommonFields, Erase, Flat, Group, Identify, Page, Screen, Track
from stream.wire.fields import Fields
from stream.wire.reasons import rejected
from stream.wire.timestamps import to_ms

USER_CHARS_MAX = 256
ID_CHARS_MAX = 256
DEPTH_MAX = 200  # a fixed limit, so that the interpreter's own, which moves with the stack, never decides
AMOUNT_MAX = 1e15  # sums over a window stay finite and exact to the unit

_INT64_END = 2**63  # larger integers fit no wire format we write

_flat = msgspec.json.Decoder(Flat)
_untyped = msgspec.json.Decoder()
_call: dict[str, msgspec.json.Decoder[Call]] = {
    "track": msgspec.json.Decoder(Track),
    "page": msgspec.json.Decoder(Page),
    "screen": msgspec.json.Decoder(Screen),
    "identify": msgspec.json.Decoder(Identify),
    "alias": msgspec.json.Decoder(Alias),
    "group": msgspec.json.Decoder(Group),
    "erase": msgspec.json.Decoder(Erase),
}

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_DEEPER = np.zeros(256, np.int8)  # how much deeper each byte leads, outside of strings
_DEEPER[list(b"[{")], _DEEPER[list(b"]}")] = 1, -1


def decode(key: bytes | None, value: bytes | None, fields: Fields) -> Content:
    """What one message means."""
    if value is None:
        return rejected("null_value")
    message = _parse(value)
    match message:
        case Flat():
            return _event(message, key, value, fields)
        case Rejected():
            return message
        case Alias() | Group():
            return Ignored(type(message).__name__.lower())
        case Track() | Page() | Screen():
            flat = _flatten(message, fields)
            return flat if isinstance(flat, Rejected) else _event(flat, key, value, fields)
    user = _keyed(key, _person(message))
    if isinstance(user, Rejected):
        return user
    return _declaration(user, message) if isinstance(message, Identify) else Erasure(user)


def _event(flat: Flat, key: bytes | None, value: bytes, fields: Fields) -> Event | Rejected:
    user = _keyed(key, flat.user_id)
    if isinstance(user, Rejected):
        return user
    time_ms = to_ms(flat.timestamp)
    if isinstance(time_ms, Rejected):
        return time_ms
    amount = flat.amount or 0.0
    if not -AMOUNT_MAX <= amount <= AMOUNT_MAX:
        return rejected("amount_out_of_range", f"expected at most 1e15 in magnitude, got {amount}")
    event_id = flat.id or flat.event_id or blake2b(value, digest_size=8).hexdigest()
    if len(event_id) > ID_CHARS_MAX:
        return rejected("id_too_long", f"expected at most {ID_CHARS_MAX} characters, got {len(event_id)}")
    text = fields.clean(flat.text) if flat.text else ""
    return Event(user, event_id, fields.kind_of(flat.kind), time_ms, text, amount)


def _declaration(user: str, message: Identify) -> Declaration | Rejected:
    """The declared scalars; nested values and integers beyond 64 bits are dropped."""
    traits = {name: trait for name, trait in (message.traits or {}).items() if _is_kept(trait)}
    n_bytes = len(msgspec.json.encode(traits))
    if n_bytes > TRAITS_BYTES_MAX:
        return rejected("traits_too_large", f"expected at most {TRAITS_BYTES_MAX} bytes, got {n_bytes}")
    return Declaration(user, traits)


def _is_kept(trait: Any) -> bool:
    if isinstance(trait, int):
        return -_INT64_END <= trait < _INT64_END
    return isinstance(trait, Scalar)


def _keyed(key: bytes | None, user: str | None) -> str | Rejected:
    """The user, when it can be one and is the key."""
    if user is None:
        return rejected("missing_user")
    if not user or user.isspace():
        return rejected("empty_user")
    if len(user) > USER_CHARS_MAX:
        return rejected("user_too_long", f"expected at most {USER_CHARS_MAX} characters, got {len(user)}")
    if key is None:
        return rejected("missing_key")
    if key != user.encode():
        return rejected("key_mismatch", f"the key is {key[:USER_CHARS_MAX]!r}, the user is {user!r}")
    return user


def _person(call: CommonFields) -> str | None:
    return call.anonymous_id if call.user_id is None else call.user_id


def _flatten(call: Behaviour, fields: Fields) -> Flat | Rejected:
    """The flat form of a call that is behaviour."""
    if isinstance(call, Track) and not call.event:
        return rejected("missing_event")
    amount = fields.amount_of(call)
    if isinstance(amount, Rejected):
        return amount
    times = (call.timestamp, call.original_timestamp, call.sent_at, call.received_at)
    return Flat(
        user_id=_person(call),
        timestamp=next((time for time in times if time is not None), None),
        text=fields.text_of(call),
        kind=call.event if isinstance(call, Track) else fields.page_kind,
        amount=amount,
        id=call.message_id,
    )


def _parse(value: bytes) -> Flat | Call | Rejected:
    try:
        value.decode()  # also where no field is read
    except UnicodeDecodeError as error:
        return rejected("not_utf8", f"byte {error.start}: {error.reason}")
    if _is_too_deep(value):
        return rejected("too_deep")
    try:
        flat = _flat.decode(value)
    except msgspec.DecodeError as error:
        return _parse_again(value, error)
    return flat if flat.type is None else _parse_call(flat.type, value)


def _parse_again(value: bytes, error: msgspec.DecodeError) -> Call | Rejected:
    """A call whose extra fields have names of the flat form, or what is wrong with `value`."""
    try:
        document = _untyped.decode(value)
    except msgspec.ValidationError as out_of_range:
        return rejected("not_finite", str(out_of_range))
    except msgspec.DecodeError as malformed:
        return rejected("not_json", str(malformed))
    if not isinstance(document, dict):
        return rejected("not_an_object")
    if document.get("type") is None:
        return _invalid(error)
    return _parse_call(document["type"], value)


def _parse_call(name: object, value: bytes) -> Call | Rejected:
    if not isinstance(name, str):
        return rejected("wrong_type", f"Expected `str`, got `{type(name).__name__}` - at `$.type`")
    decoder = _call.get(name)
    if decoder is None:
        return rejected("unknown_type", f"expected one of {', '.join(_call)}, got {name[:40]!r}")
    try:
        return decoder.decode(value)
    except msgspec.DecodeError as error:
        return _invalid(error)


def _invalid(error: msgspec.DecodeError) -> Rejected:
    return rejected("not_finite" if "out of range" in str(error) else "wrong_type", str(error))


def _is_too_deep(value: bytes) -> bool:
    if value.count(b"{") + value.count(b"[") <= DEPTH_MAX:
        return False
    outside = np.frombuffer(_STRING.sub(b"", value), np.uint8)
    return bool(np.cumsum(_DEEPER[outside], dtype=np.int32).max(initial=0) > DEPTH_MAX)
