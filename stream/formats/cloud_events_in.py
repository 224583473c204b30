"""CloudEvents 1.0 as they come in, in both modes of the Kafka binding. The data is the event.

Structured: one JSON object holds attributes and data. Binary: `ce_` headers hold the attributes, the value the data.
Source: CloudEvents 1.0, its JSON format and Kafka binding, https://github.com/cloudevents/spec.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import msgspec

from stream.core.event import Rejected
from stream.core.reasons import Reason
from stream.formats.documents import Defaults
from stream.wire.flat_events import ID_CHARS_MAX
from stream.wire.reasons import rejected
from stream.wire.records import Headers

MEDIA_TYPE = "application/cloudevents"

MARK = b'"specversion"'  # in each CloudEvent in structured mode
_VERSION = "1."
_VERSION_HEADER = "ce_specversion"


class _Envelope(msgspec.Struct):
    """A structured CloudEvent. Attributes of another type than text count as absent."""

    specversion: Any = None
    id: Any = None
    source: Any = None
    type: Any = None
    subject: Any = None
    time: Any = None
    datacontenttype: Any = None
    data: msgspec.Raw = msgspec.Raw(b"")
    data_base64: Any = None


_envelopes = msgspec.json.Decoder(_Envelope)


@dataclass(frozen=True, slots=True)
class Opened:
    """A CloudEvent's data, their media type (empty: JSON), and what the attributes say if the data do not."""

    data: bytes
    media_type: str
    defaults: Defaults


def media_type(text: str) -> str:
    """Return a media type without parameters.

    >>> media_type("Application/JSON; charset=utf-8")
    'application/json'
    """
    return text.partition(";")[0].strip().lower()


def is_json(media: str) -> bool:
    """Return True for a media type of JSON, or none."""
    return not media or media.endswith(("/json", "+json"))


def content_type(headers: Headers) -> str:
    """Return the media type in a record's headers; empty without one."""
    for name, value in headers:
        if name.lower() == "content-type":
            return media_type(value.decode(errors="replace"))
    return ""


def names_cloud_event(headers: Headers) -> bool:
    """Return False if the headers say nothing of a CloudEvent. Its value then has MARK, or is none."""
    return any(name == _VERSION_HEADER for name, _ in headers) or content_type(headers).startswith(MEDIA_TYPE)


def open_binary(value: bytes, headers: Headers) -> Opened | Rejected | None:
    """Return the CloudEvent in a record's headers and value; None without one."""
    attributes = {name[3:]: text.decode(errors="replace") for name, text in headers if name.startswith("ce_")}
    if "specversion" not in attributes:
        return None
    return _opened(attributes, value, content_type(headers), value)


def open_structured(value: bytes, media: str) -> Opened | Rejected | None:
    """Return the CloudEvent in a value; `media` is that of the record. None: the value is none, or no valid JSON."""
    if media.startswith(f"{MEDIA_TYPE}-batch"):
        return rejected(Reason.UNKNOWN_FORMAT, f"{media}: a batch of CloudEvents; send one event a record")
    is_declared = media.startswith(MEDIA_TYPE)
    if is_declared and not is_json(media) and media != MEDIA_TYPE:
        return rejected(Reason.UNKNOWN_FORMAT, f"{media}: send CloudEvents in JSON, or in binary mode")
    if not is_declared and MARK not in value:
        return None
    try:
        value.decode()
        envelope = _envelopes.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(envelope.specversion, str):
        return None
    data = _data_of(envelope)
    return data if isinstance(data, Rejected) else _opened(_texts(envelope), data, _media(envelope), value)


def _data_of(envelope: _Envelope) -> bytes | Rejected:
    if envelope.data_base64 is None:
        return bytes(envelope.data)
    try:
        return b64decode(envelope.data_base64, validate=True)
    except (Error, TypeError, ValueError) as error:
        return rejected(Reason.BAD_PAYLOAD, f"data_base64: {error}")


def _texts(envelope: _Envelope) -> dict[str, str]:
    names = ("specversion", "id", "source", "type", "subject", "time")
    found = {name: getattr(envelope, name) for name in names}
    return {name: text for name, text in found.items() if isinstance(text, str)}


def _media(envelope: _Envelope) -> str:
    return media_type(envelope.datacontenttype) if isinstance(envelope.datacontenttype, str) else ""


def _opened(attributes: dict[str, str], data: bytes, media: str, value: bytes) -> Opened | Rejected:
    version = attributes["specversion"]
    if not version.startswith(_VERSION):
        return rejected(Reason.UNKNOWN_FORMAT, f"CloudEvents {version[:40]}; expected 1.0")
    defaults = Defaults(
        id=_event_id(attributes, value),
        user=attributes.get("subject"),
        time=attributes.get("time"),
        kind=attributes.get("type"),
    )
    return Opened(b"{}" if data.strip() in (b"", b"null") else data, media, defaults)


def _event_id(attributes: dict[str, str], value: bytes) -> str:
    """Return source and id, which together name an event; a hash of them if that is too long, or of the value."""
    source, own = attributes.get("source", ""), attributes.get("id", "")
    event_id = f"{source}#{own}" if own else ""
    if 0 < len(event_id) <= ID_CHARS_MAX:
        return event_id
    return blake2b(event_id.encode(errors="replace") or value, digest_size=8).hexdigest()
