"""The JSON forms of `user-events`: flat events, calls of the Segment spec, and erasures.

A message without `type` is flat; one with a `type` is a call. A behaviour call is reduced to the flat form. The time of
a call is the first present of timestamp, originalTimestamp, sentAt and receivedAt.
Missing, null and default are the same. Unread fields are validated for UTF-8 and JSON syntax alone.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
import numpy as np

from stream.core.event import TRAITS_BYTES_MAX, Content, Declaration, Erasure, Ignored, Rejected, Scalar
from stream.core.reasons import Reason
from stream.wire.calls import Alias, Behaviour, Call, Erase, Flat, Group, Identify, Page, Screen, Track
from stream.wire.fields import Fields
from stream.wire.flat_events import event_of
from stream.wire.reasons import rejected
from stream.wire.records import ConsumerRecord
from stream.wire.users import user_of_call, validate_user

DEPTH_MAX = 200  # a fixed limit, so that the interpreter's own, which moves with the stack, never decides

_INT64_END = 2**63  # larger integers fit no wire format we write

_flat = msgspec.json.Decoder(Flat)
_untyped = msgspec.json.Decoder()
_calls: dict[str, msgspec.json.Decoder[Call]] = {
    "track": msgspec.json.Decoder(Track),
    "page": msgspec.json.Decoder(Page),
    "screen": msgspec.json.Decoder(Screen),
    "identify": msgspec.json.Decoder(Identify),
    "alias": msgspec.json.Decoder(Alias),
    "group": msgspec.json.Decoder(Group),
    "erase": msgspec.json.Decoder(Erase),
}

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_DEEPER = np.zeros(256, np.int8)  # change of depth at each byte, outside of strings
_DEEPER[list(b"[{")], _DEEPER[list(b"]}")] = 1, -1


class JsonEventDecoder:
    """An `EventDecoder` for the JSON forms."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields

    def decode(self, record: ConsumerRecord) -> Content:
        """Return the content of a record."""
        return decode_json(record.key, record.value, self.fields)


def decode_json(key: bytes | None, value: bytes | None, fields: Fields) -> Content:
    """Return the content of a JSON message."""
    if value is None:
        return rejected(Reason.NULL_VALUE)
    message = _parse(value)
    match message:
        case Flat():
            return event_of(message, key, value, fields)
        case Rejected():
            return message
        case Alias() | Group():
            return Ignored(type(message).__name__.lower())
        case Track() | Page() | Screen():
            flat = _flatten(message, fields)
            return flat if isinstance(flat, Rejected) else event_of(flat, key, value, fields)
    user = validate_user(key, user_of_call(message))
    if isinstance(user, Rejected):
        return user
    return _declaration(user, message) if isinstance(message, Identify) else Erasure(user)


def _declaration(user: str, message: Identify) -> Declaration | Rejected:
    """Return the declared scalars; nested values and integers beyond 64 bits are dropped."""
    traits = {name: trait for name, trait in (message.traits or {}).items() if _is_kept(trait)}
    n_bytes = len(msgspec.json.encode(traits))
    if n_bytes > TRAITS_BYTES_MAX:
        return rejected(Reason.TRAITS_TOO_LARGE, f"expected at most {TRAITS_BYTES_MAX} bytes, got {n_bytes}")
    return Declaration(user, traits)


def _is_kept(trait: Any) -> bool:
    if isinstance(trait, int):
        return -_INT64_END <= trait < _INT64_END
    return isinstance(trait, Scalar)


def _flatten(call: Behaviour, fields: Fields) -> Flat | Rejected:
    """Return the flat form of a behaviour call."""
    if isinstance(call, Track) and not call.event:
        return rejected(Reason.MISSING_EVENT)
    amount = fields.amount_of(call)
    if isinstance(amount, Rejected):
        return amount
    times = (call.timestamp, call.original_timestamp, call.sent_at, call.received_at)
    return Flat(
        user_id=user_of_call(call),
        timestamp=next((time for time in times if time is not None), None),
        text=fields.text_of(call),
        kind=call.event if isinstance(call, Track) else fields.page_kind,
        amount=amount,
        id=call.message_id,
    )


def _parse(value: bytes) -> Flat | Call | Rejected:
    try:
        value.decode()  # also the fields that are not read
    except UnicodeDecodeError as error:
        return rejected(Reason.NOT_UTF8, f"byte {error.start}: {error.reason}")
    if _is_too_deep(value):
        return rejected(Reason.TOO_DEEP)
    try:
        flat = _flat.decode(value)
    except msgspec.DecodeError as error:
        return _parse_again(value, error)
    return flat if flat.type is None else _parse_call(flat.type, value)


def _parse_again(value: bytes, error: msgspec.DecodeError) -> Call | Rejected:
    """Return a call with extra fields named as in the flat form, else the rejection of `value`."""
    try:
        document = _untyped.decode(value)
    except msgspec.ValidationError as out_of_range:
        return rejected(Reason.NOT_FINITE, str(out_of_range))
    except msgspec.DecodeError as malformed:
        return rejected(Reason.NOT_JSON, str(malformed))
    if not isinstance(document, dict):
        return rejected(Reason.NOT_AN_OBJECT)
    if document.get("type") is None:
        return _invalid(error)
    return _parse_call(document["type"], value)


def _parse_call(name: object, value: bytes) -> Call | Rejected:
    if not isinstance(name, str):
        return rejected(Reason.WRONG_TYPE, f"Expected `str`, got `{type(name).__name__}` - at `$.type`")
    decoder = _calls.get(name)
    if decoder is None:
        return rejected(Reason.UNKNOWN_TYPE, f"expected one of {', '.join(_calls)}, got {name[:40]!r}")
    try:
        return decoder.decode(value)
    except msgspec.DecodeError as error:
        return _invalid(error)


def _invalid(error: msgspec.DecodeError) -> Rejected:
    return rejected(Reason.NOT_FINITE if "out of range" in str(error) else Reason.WRONG_TYPE, str(error))


def _is_too_deep(value: bytes) -> bool:
    if value.count(b"{") + value.count(b"[") <= DEPTH_MAX:
        return False
    outside = np.frombuffer(_STRING.sub(b"", value), np.uint8)
    return bool(np.cumsum(_DEEPER[outside], dtype=np.int32).max(initial=0) > DEPTH_MAX)
