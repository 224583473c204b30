"""The health of segments on `segment-health`: JSON, as CloudEvents 1.0 in binary mode; warnings have their own type."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from stream.training.values.health import Health, HealthWarning
from stream.wire.cloud_events import cloud_event
from stream.wire.records import ProducerRecord
from stream.wire.topics import SEGMENT_HEALTH

REVIEWED = "io.segue.segment.health.v1"
WARNED = "io.segue.segment.warning.v1"


def health_message(health: Health | HealthWarning) -> ProducerRecord:
    """A look at the segments, or a figure beyond its threshold, for `segment-health`."""
    if isinstance(health, Health):
        return _message(health, REVIEWED, b"health", health.time_ms, str(health.segment_model))
    return _message(health, WARNED, b"warning", health.time_ms, health.what)


def _message(value: Health | HealthWarning, kind: str, key: bytes, time_ms: int, subject: str) -> ProducerRecord:
    event_id = sha256(f"{kind}:{time_ms}:{subject}".encode()).hexdigest()[:32]
    headers = cloud_event(event_id, kind, subject, time_ms)
    return ProducerRecord(SEGMENT_HEALTH, key, msgspec.json.encode(value), headers)
