"""The log line on a stream that changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from stream.core.policy import DAY_MS
from stream.observability.late_log import LateLog
from stream.runtime.events import Delivered, EngineEvent, Idle
from stream.runtime.job import BatchSummary

NEWEST_MS = int(datetime(2025, 3, 1, 12, tzinfo=UTC).timestamp() * 1000)


def turn(late: int, applied: int = 0) -> Delivered:
    summary = BatchSummary(late + applied, 0, 0, {"late": late, "applied": applied}, newest_late_ms=NEWEST_MS)
    return Delivered("segment", [summary], 0.0, 0.0, {})


def lines_of(*events: tuple[float, EngineEvent]) -> list[tuple[int, int]]:
    """The late events and all of each line, when each event occurs at each second."""
    now_s = 0.0
    observer = LateLog(90 * DAY_MS, lambda: now_s)
    with capture_logs() as lines:
        for now_s, event in events:  # noqa: B007  read by the clock above
            observer(event)
    assert all("segue backfill" in line["event"] and line["newest"] == "2025-03-01 12:00" for line in lines)
    assert all(line["window_days"] == 90.0 and line["days_old"] > 200 for line in lines)
    return [(line["late"], line["of"]) for line in lines]


def test_a_past_sent_as_live_events_is_told_within_seconds_and_then_every_ten_minutes() -> None:
    minutes = [(0.0, turn(1_000)), (6, turn(1_000)), (60, turn(50, 1)), (590, turn(9)), (607, turn(1))]
    assert lines_of(*minutes) == [(2_000, 2_000), (60, 61)]


@pytest.mark.parametrize("late_and_applied", [(19, 0), (0, 1_000), (100, 100)])
def test_few_late_events_and_a_stream_with_an_effect_are_not_told(late_and_applied: tuple[int, int]) -> None:
    assert lines_of((6, turn(*late_and_applied)), (7, Idle("segment", {}))) == []
