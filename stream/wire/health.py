"""The health of segments on `segment-health`: JSON, as CloudEvents 1.0 in binary mode; warnings have their own type."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from stream.core.training.health import Health, Warned
from stream.wire.changes import SOURCE
from stream.wire.message import Message
from stream.wire.topics import SEGMENT_HEALTH

REVIEWED = "io.segue.segment.health.v1"
WARNED = "io.segue.segment.warning.v1"


def health_message(health: Health | Warned) -> Message:
    """A look at the segments, or a figure beyond its threshold, for `segment-health`."""
    if isinstance(health, Health):
        return _message(health, REVIEWED, b"health", health.time_ms, str(health.segment_model))
    return _message(health, WARNED, b"warning", health.time_ms, health.what)


def _message(value: Health | Warned, kind: str, key: bytes, time_ms: int, subject: str) -> Message:
    time = datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": sha256(f"{kind}:{time_ms}:{subject}".encode()).hexdigest()[:32],
        "ce_source": SOURCE,
        "ce_type": kind,
        "ce_subject": subject,
        "ce_time": time,
        "content-type": "application/json",
    }
    headers = [(name, text.encode()) for name, text in attributes.items()]
    return Message(SEGMENT_HEALTH, key, msgspec.json.encode(value), headers)
