"""The attributes of CloudEvents 1.0 in binary mode: headers, in one order."""

from __future__ import annotations

from datetime import UTC, datetime

from stream.wire.records import Headers

SOURCE = "segue"


def cloud_event(event_id: str, kind: str, subject: str, time_ms: int, **more: str) -> Headers:
    """Headers of a JSON event of type `kind`; `more` are extension attributes."""
    time = datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds")
    attributes = {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": kind,
        "subject": subject,
        "time": time.replace("+00:00", "Z"),
        **more,
    }
    headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
    return [*headers, ("content-type", b"application/json")]
