"""Fields of a decoded record as an event of the JSON forms: names, values, and defaults from the envelope.

A record whose `type` names a call of the Segment spec is one, any other a flat event. There is one path from here on,
and one validation: that of JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, get_args

import msgspec

from stream.core.event import Content
from stream.core.reasons import Reason
from stream.formats.readers import Document
from stream.wire.calls import Call
from stream.wire.fields import Fields
from stream.wire.json_events import decode_json
from stream.wire.reasons import rejected

_encoder = msgspec.json.Encoder(decimal_format="number")  # NaN and infinity become null
_NULL = b"null"

_TO_CAMEL: Mapping[str, str] = MappingProxyType(
    {
        "user_id": "userId",
        "anonymous_id": "anonymousId",
        "message_id": "messageId",
        "original_timestamp": "originalTimestamp",
        "sent_at": "sentAt",
        "received_at": "receivedAt",
    }
)
_TO_SNAKE: Mapping[str, str] = MappingProxyType({"userId": "user_id", "eventId": "event_id"})
_CALLS = frozenset(str(call.__struct_config__.tag) for call in get_args(Call))
_TIMES = ("timestamp", "originalTimestamp", "sentAt", "receivedAt")


@dataclass(frozen=True, slots=True)
class Defaults:
    """Values for fields that a record does not have; None: no value. A call takes no kind."""

    id: str
    user: str | None = None
    time: str | None = None
    kind: str | None = None


def content_of(document: Document, key: bytes | None, defaults: Defaults, fields: Fields) -> Content:
    """Return the content of a decoded record. Names of the event's own fields may be in snake or in camel case."""
    is_call = _is_call(document)
    names = _TO_CAMEL if is_call else _TO_SNAKE
    event = {names[name]: value for name, value in document.items() if name in names}
    event |= {name: value for name, value in document.items() if name not in names}
    if is_call:
        _fill(event, ("messageId",), defaults.id)
        _fill(event, ("userId", "anonymousId"), defaults.user)
        _fill(event, _TIMES, defaults.time)
    else:
        _fill(event, ("id", "event_id"), defaults.id)
        _fill(event, ("user_id",), defaults.user)
        _fill(event, ("timestamp",), defaults.time)
        _fill(event, ("kind",), defaults.kind)
    try:
        value = _encoder.encode(_plain(event))
    except (ValueError, OverflowError, RecursionError) as error:  # such as an integer of thousands of digits
        return rejected(Reason.BAD_PAYLOAD, f"{type(error).__name__}: {error}")
    return decode_json(key, value, fields)


def _is_call(document: Document) -> bool:
    named = document.get("type")
    if isinstance(named, msgspec.Raw) and bytes(named).lstrip().startswith(b'"'):
        named = bytes(named).strip(b' \t\r\n"').decode(errors="replace")
    name = named.strip().lower() if isinstance(named, str) else ""
    return name in _CALLS or (name == "delete" and "userId" in document)


def _fill(event: Document, names: tuple[str, ...], value: str | None) -> None:
    """Set the first of `names` if all are absent."""
    if value is not None and all(_is_absent(event.get(name)) for name in names):
        event[names[0]] = value


def _is_absent(value: Any) -> bool:
    return value is None or (isinstance(value, msgspec.Raw) and bytes(value).strip() == _NULL)


def _plain(value: Any) -> Any:
    """Return a value for JSON. Bytes become text if they are UTF-8, else base64."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value
    return value
