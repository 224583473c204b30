"""The log line on messages in the wrong partition."""

from __future__ import annotations

from structlog.testing import capture_logs

from stream.observability.forwarded_log import ForwardedLog
from stream.runtime.events import Delivered, EngineEvent, Idle
from stream.runtime.job import BatchSummary


def turn(n_forwarded: int, offset: int = 7) -> Delivered:
    first = (1, offset) if n_forwarded else None
    summary = BatchSummary(n_forwarded + 3, 0, 0, {"applied": 3, "forwarded": n_forwarded}, first_forwarded=first)
    return Delivered("segment", [summary], 0.0, 0.0, {})


def lines_of(*events: tuple[float, EngineEvent]) -> list[tuple[int, int]]:
    """The number and the example of each line, when each event occurs at each second."""
    now_s = 0.0
    observer = ForwardedLog(lambda: now_s)
    with capture_logs() as lines:
        for now_s, event in events:  # noqa: B007  read by the clock above
            observer(event)
    assert all("partitioner=murmur2_random" in line["remedy"] for line in lines)
    return [(line["forwarded"], line["offset"]) for line in lines]


def test_the_first_is_told_at_once_and_the_rest_once_a_minute_with_their_number() -> None:
    assert lines_of((0, turn(2)), (1, turn(5)), (59, turn(1)), (61, turn(4, offset=90))) == [(2, 7), (10, 90)]


def test_turns_without_any_are_not_told() -> None:
    assert lines_of((0, turn(0)), (100, Idle("segment", {}))) == []
