"""The log says how many events were refused, with one example of each reason, and no more than once a minute."""

from __future__ import annotations

from typing import Any

from structlog.testing import capture_logs

from stream.observability.refused_log import RefusedLog
from stream.runtime.events import Delivered, EngineEvent, Idle
from stream.runtime.job import BatchSummary, Example


def turn(rejections: dict[str, int], offset: int = 7, detail: str = "why", **ignored: int) -> Delivered:
    examples = {name: Example("eu.user-events", 1, offset, detail) for name in rejections}
    examples |= {name: Example("eu.user-events", 2, offset) for name in ignored}
    outcomes = {"applied": 3, "late": rejections.get("late", 0)}
    refused = {name: n for name, n in rejections.items() if name != "late"}
    summary = BatchSummary(9, 0, 0, outcomes, rejections=refused, ignored=ignored, examples=examples)
    return Delivered("segment", [summary], 0.0, 0.0, {})


def lines_of(*events: tuple[float, EngineEvent], close: bool = False) -> list[dict[str, Any]]:
    """The lines, when each event occurs at each second."""
    now_s = 0.0
    observer = RefusedLog("segment", lambda: now_s)
    with capture_logs() as lines:
        for now_s, event in events:  # noqa: B007  read by the clock above
            observer(event)
        if close:
            observer.close()
    return [dict(line) for line in lines]


def test_the_first_of_each_reason_is_told_at_once_with_its_example() -> None:
    [line, other] = lines_of((0, turn({"not_json": 2, "missing_user": 1})))
    assert line == {
        "event": "events refused",
        "log_level": "warning",
        "n": 2,
        "reason": "not_json",
        "topic": "eu.user-events",
        "partition": 1,
        "offset": 7,
        "detail": "why",
    }
    assert (other["reason"], other["n"]) == ("missing_user", 1)


def test_further_ones_are_told_once_a_minute_with_their_number_and_first_example() -> None:
    events = [(0, turn({"not_json": 1})), (1, turn({"not_json": 5}, 8)), (59, turn({"not_json": 1}, 9))]
    lines = lines_of(*events, (61, Idle("segment", {})))
    assert [(line["n"], line["offset"]) for line in lines] == [(1, 7), (6, 8)]


def test_what_is_left_is_told_at_the_end() -> None:
    lines = lines_of((0, turn({"not_json": 1})), (1, turn({"not_json": 5}, 8)), close=True)
    assert [line["n"] for line in lines] == [1, 5]
    assert lines_of((0, turn({"not_json": 1})), close=True)[1:] == []


def test_fields_that_count_as_missing_are_told_by_their_path() -> None:
    [line] = lines_of((0, turn({}, 4, amount=3)))
    assert line["event"] == "fields not understood, they count as missing"
    assert (line["field"], line["n"], line["partition"], line["offset"]) == ("amount", 3, 2, 4)
    assert "detail" not in line


def test_late_events_are_told_without_an_example() -> None:
    [line] = lines_of((0, turn({"late": 4})))
    assert (line["event"], line["log_level"], line["n"]) == ("events late", "info", 4)


def test_a_detail_cannot_steer_a_terminal() -> None:
    [line] = lines_of((0, turn({"not_json": 1}, detail="\x1b[2J" + "x" * 500)))
    assert line["detail"].startswith("\\x1b[2J")
    assert len(line["detail"]) < 210
    assert line["detail"].isprintable()


def test_good_turns_are_not_told() -> None:
    assert lines_of((0, turn({})), (100, Idle("segment", {}))) == []
