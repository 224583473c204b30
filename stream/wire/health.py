"""Health of the segments on `segment-health`: JSON, as CloudEvents 1.0 in binary mode; warnings have their own type."""

from __future__ import annotations

import msgspec

from stream.training.values.health import Figure, Health, HealthWarning
from stream.wire.cloud_events import cloud_event, event_id
from stream.wire.records import ProducerRecord
from stream.wire.topics import SEGMENT_HEALTH

HEALTH_TYPE = "io.segue.segment.health.v1"
WARNING_TYPE = "io.segue.segment.warning.v1"


class ExceededFigure(msgspec.Struct, frozen=True):
    """A figure beyond its threshold; `subject` is the feature or segment it is of, "" for all users."""

    figure: Figure
    subject: str


class SegmentFigures(msgspec.Struct, frozen=True):
    """Figures of one segment; `drift` is the distance of the centroid from the baseline, in thresholds."""

    id: str
    n_users: int
    share: float
    effective_size: float
    cohesion: float
    drift: float
    rare: bool


class SegmentsHealth(msgspec.Struct, frozen=True):
    """Value on `segment-health`: the health of all segments at a review."""

    time_ms: int
    segment_model: int
    n_users: int
    objective: float
    unknown_share: float
    flips_per_user_day: float
    psi_features: dict[str, float]
    psi_segments: float
    n_clusters: int
    segments: tuple[SegmentFigures, ...]
    warnings: tuple[ExceededFigure, ...]


class SegmentsWarning(msgspec.Struct, frozen=True):
    """Value on `segment-health`: a figure that is beyond its threshold and was not at the last review."""

    time_ms: int
    segment_model: int
    figure: Figure
    subject: str
    value: float
    threshold: float


def health_message(health: Health) -> ProducerRecord:
    """Return the health of the segments for `segment-health`."""
    value = msgspec.convert(health, SegmentsHealth, from_attributes=True)
    identity = event_id(HEALTH_TYPE, health.time_ms, health.segment_model)
    headers = cloud_event(identity, HEALTH_TYPE, str(health.segment_model), health.time_ms)
    return ProducerRecord(SEGMENT_HEALTH, b"health", msgspec.json.encode(value), headers)


def warning_message(warning: HealthWarning) -> ProducerRecord:
    """Return a warning for `segment-health`; the subject of the CloudEvent is the warning's, or else the figure."""
    value = msgspec.convert(warning, SegmentsWarning, from_attributes=True)
    headers = cloud_event(
        event_id(WARNING_TYPE, warning.time_ms, warning.figure, warning.subject),
        WARNING_TYPE,
        warning.subject or warning.figure,
        warning.time_ms,
    )
    return ProducerRecord(SEGMENT_HEALTH, b"warning", msgspec.json.encode(value), headers)
