"""The log line on a lag that grows names the resource that is short."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from stream.observability.shortage_log import Resource, ShortageLog
from stream.runtime.events import Delivered, EngineEvent, Idle


def lines_of(minutes: int, lag: list[int], encode: float, compute: float, deliver: float) -> list[dict[str, object]]:
    """The lines of a worker with a turn a second, at these shares of the time and this lag at each minute."""
    now_s = 0.0
    observer = ShortageLog("segment", lambda: now_s * encode, lambda: now_s)
    with capture_logs() as lines:
        for second in range(minutes * 60 + 1):
            now_s = float(second)
            waiting = {0: lag[min(second // 60, len(lag) - 1)]}
            event: EngineEvent = (
                Delivered("segment", [], compute, deliver, waiting) if compute else Idle("segment", waiting)
            )
            observer(event)
            observer(Delivered("train", [], 9.0, 9.0, {0: 10**6}))  # of the other job
    return [dict(line) for line in lines]


@pytest.mark.parametrize(
    ("encode", "compute", "deliver", "short"),
    [
        (0.8, 0.95, 0.1, Resource.ENCODER),
        (0.1, 0.95, 0.9, Resource.COMPUTATION),  # both overlap: the larger one decides
        (0.1, 0.3, 0.98, Resource.BROKER),
        (0.1, 0.3, 0.1, Resource.NOTHING),
        (0.0, 0.0, 0.0, Resource.NOTHING),
    ],
)
def test_a_lag_that_grows_names_the_resource_that_took_the_time(
    encode: float, compute: float, deliver: float, short: Resource
) -> None:
    [line] = lines_of(2, [0, 5_000, 9_000], encode, compute, deliver)
    assert (line["short"], line["lag"], line["grown_by"], line["log_level"]) == (short.value, 5_000, 5_000, "warning")
    assert line["encoder"] == pytest.approx(encode, abs=0.02)


def test_a_lag_that_grows_for_hours_is_told_once_in_five_minutes() -> None:
    assert len(lines_of(12, [minute * 5_000 for minute in range(13)], 0.1, 0.9, 0.1)) == 3


@pytest.mark.parametrize("lag", [[0, 900, 1_800, 2_700], [90_000, 70_000, 40_000], [50_000] * 5])
def test_a_lag_that_shrinks_or_stays_is_not_told(lag: list[int]) -> None:
    assert lines_of(len(lag) - 1, lag, 0.1, 0.9, 0.1) == []
