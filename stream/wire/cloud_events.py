"""Headers of public values: the attributes of CloudEvents 1.0 in binary mode on event topics, in one order.

Source: CloudEvents 1.0 and its Kafka protocol binding, https://github.com/cloudevents/spec. Tables carry no attributes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

from stream.wire.records import Headers

SOURCE = "segue"
JSON_HEADERS: Headers = [("content-type", b"application/json")]  # of every public value


def cloud_event(event_id: str, event_type: str, subject: str, time_ms: int, **extensions: str) -> Headers:
    """Return the headers of a JSON event; `extensions` are extension attributes."""
    time = datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds")
    attributes = {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": event_type,
        "subject": subject,
        "time": time.replace("+00:00", "Z"),
        **extensions,
    }
    return [*((f"ce_{name}", value.encode()) for name, value in attributes.items()), *JSON_HEADERS]


def event_id(*values: str | int) -> str:
    """Return a hash of `values`: a repeated event has the same id.

    At most the last value may contain a colon.
    """
    return sha256(":".join(map(str, values)).encode()).hexdigest()[:32]
