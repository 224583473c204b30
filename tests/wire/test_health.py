from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import msgspec

from stream.training.values.health import ExceededFigure, Figure, Health, HealthWarning, SegmentHealth
from stream.wire.health import health_message, warning_message

AT_MS = 1_700_000_000_123  # 2023-11-14 22:13:20.123 UTC
HEALTH = Health(
    time_ms=AT_MS,
    segment_model=7,
    n_users=400,
    objective=0.5,
    unknown_share=0.0625,
    flips_per_user_day=0.25,
    psi_features={"recency": 0.125},
    psi_segments=0.375,
    n_clusters=4,
    segments=(SegmentHealth("s-0001", 300, 0.75, 250.5, 0.125, 0.0, False),),
    warnings=(ExceededFigure(Figure.UNKNOWN, ""),),
)
WARNING = HealthWarning(AT_MS, 7, Figure.DRIFT, "s-0001", 0.75, 0.5)


def headers(value: Health | HealthWarning) -> dict[str, str]:
    message = health_message(value) if isinstance(value, Health) else warning_message(value)
    return {name: text.decode() for name, text in message.headers}


def test_a_health_report_is_this_cloud_event() -> None:
    message = health_message(HEALTH)
    assert (message.topic, message.key) == ("segment-health", b"health")
    assert headers(HEALTH) == {
        "ce_specversion": "1.0",
        "ce_id": sha256(f"io.segue.segment.health.v1:{AT_MS}:7".encode()).hexdigest()[:32],
        "ce_source": headers(WARNING)["ce_source"],
        "ce_type": "io.segue.segment.health.v1",
        "ce_subject": "7",
        "ce_time": "2023-11-14T22:13:20.123Z",
        "content-type": "application/json",
    }
    assert msgspec.json.decode(message.value or b"") == {
        "time_ms": AT_MS, "segment_model": 7, "n_users": 400, "objective": 0.5, "unknown_share": 0.0625,
        "flips_per_user_day": 0.25, "psi_features": {"recency": 0.125}, "psi_segments": 0.375,
        "n_clusters": 4,
        "segments": [{
            "id": "s-0001", "n_users": 300, "share": 0.75, "effective_size": 250.5, "cohesion": 0.125, "drift": 0.0,
            "rare": False,
        }],
        "warnings": [{"figure": "unknown", "subject": ""}],
    }  # fmt: skip


def test_a_warning_has_its_own_type_and_names_figure_and_subject() -> None:
    message = warning_message(WARNING)
    assert (message.topic, message.key) == ("segment-health", b"warning")
    assert headers(WARNING)["ce_type"] == "io.segue.segment.warning.v1"
    assert headers(WARNING)["ce_subject"] == "s-0001"
    assert headers(replace(WARNING, figure=Figure.UNKNOWN, subject=""))["ce_subject"] == "unknown"
    assert msgspec.json.decode(message.value or b"") == {
        "time_ms": AT_MS,
        "segment_model": 7,
        "figure": "drift",
        "subject": "s-0001",
        "value": 0.75,
        "threshold": 0.5,
    }


def test_an_id_is_of_figure_subject_and_time_so_that_a_repeat_is_recognised() -> None:
    ids = {headers(value)["ce_id"] for value in (WARNING, replace(WARNING, value=0.9))}
    others = (
        replace(WARNING, time_ms=AT_MS + 1),
        replace(WARNING, subject="s-0002"),
        replace(WARNING, figure=Figure.UNKNOWN),
        HEALTH,
    )
    assert len(ids) == 1
    assert len(ids | {headers(value)["ce_id"] for value in others}) == 5


def test_a_whole_second_has_its_milliseconds() -> None:
    assert headers(replace(HEALTH, time_ms=1_700_000_000_000))["ce_time"] == "2023-11-14T22:13:20.000Z"
