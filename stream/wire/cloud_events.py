"""Headers of public values: the attributes of CloudEvents 1.0 in binary mode on event topics, in one order.

Source: CloudEvents 1.0 and its Kafka protocol binding, https://github.com/cloudevents/spec. Tables carry no attributes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

from stream.wire.records import Headers

SOURCE = "segue"
_VERSION, _SOURCE = ("ce_specversion", b"1.0"), ("ce_source", SOURCE.encode())
_TIME_CHARS = len("2023-11-14T22:13:20.123")
JSON_HEADERS: Headers = [("content-type", b"application/json")]  # of every public value


def cloud_event(event_id: str, event_type: str, subject: str, time_ms: int, **extensions: str) -> Headers:
    """Return the headers of a JSON event; `extensions` are extension attributes."""
    time = datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return [
        _VERSION,
        ("ce_id", event_id.encode()),
        _SOURCE,
        ("ce_type", event_type.encode()),
        ("ce_subject", subject.encode()),
        ("ce_time", f"{time[:_TIME_CHARS]}Z".encode()),
        *((f"ce_{name}", value.encode()) for name, value in extensions.items()),
        *JSON_HEADERS,
    ]


def event_id(*values: str | int) -> str:
    """Return a hash of `values`: a repeated event has the same id.

    At most the last value may contain a colon.
    """
    return sha256(":".join(map(str, values)).encode()).hexdigest()[:32]
