"""Log lines of a process on its standard error."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from structlog.testing import capture_logs

from stream.observability.log import log_event
from stream.runtime.events import PositionMoved
from stream.runtime.watched import Cause, Move

PROGRAM = """
import logging, sys
import structlog
from stream.observability.log import configure_log, log_event
from stream.runtime.events import Assigned, Idle, NotDelivered, Restored, Revoked, ClientWarning

configure_log(*sys.argv[1:])
log = structlog.get_logger()
log.debug("ours debug"); log.info("ours info", n=3, name="運動"); log.warning("ours warning"); log.error("ours error")
kafka = logging.getLogger("kafka.conn")
kafka.info("theirs info"); kafka.warning("theirs %s", "warning"); kafka.error("theirs error")
try:
    1 / 0
except ZeroDivisionError:
    kafka.exception("theirs exception")
for event in (Assigned("segment", [0, 1]), Restored("segment", 0), Revoked("segment", [1]),
                  NotDelivered("segment", "fenced", {}), ClientWarning("train", "broker down"),
                  Idle("segment", {0: 1})):
    log_event(event)
"""


def standard_error(log_format: str, level: str) -> str:
    """Of a process that logs a little of everything; nothing goes to standard output."""
    command = [sys.executable, "-W", "error", "-c", PROGRAM, log_format, level]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stdout == b""
    return done.stderr.decode()


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    return [json.loads(line) for line in standard_error("json", "info").splitlines()]


def events(lines: list[dict[str, Any]]) -> list[str]:
    return [line["event"] for line in lines]


def test_every_json_line_is_an_object_with_time_level_and_event(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        assert line["timestamp"].endswith("Z")
        assert line["level"] in ("info", "warning", "error")
    assert {"event": "ours info", "level": "info", "n": 3, "name": "運動"}.items() <= lines[0].items()


def test_libraries_log_warnings_in_the_same_format(lines: list[dict[str, Any]]) -> None:
    theirs = [(line["level"], line["event"]) for line in lines if line["event"].startswith("theirs")]
    assert theirs == [("warning", "theirs warning"), ("error", "theirs error"), ("error", "theirs exception")]


def test_an_exception_is_part_of_its_line(lines: list[dict[str, Any]]) -> None:
    (line,) = (line for line in lines if line["event"] == "theirs exception")
    assert "ZeroDivisionError: division by zero" in line["exception"]


def test_engine_events_are_logged_except_idle_turns(lines: list[dict[str, Any]]) -> None:
    logged = [{k: v for k, v in line.items() if k != "timestamp"} for line in lines if "role" in line]
    assert logged == [
        {"event": "partitions assigned", "level": "info", "role": "segment", "partitions": [0, 1]},
        {"event": "partition restored", "level": "info", "role": "segment", "partition": 0},
        {"event": "partitions revoked", "level": "info", "role": "segment", "partitions": [1]},
        {
            "event": "turn not delivered, its records come again",
            "level": "warning",
            "role": "segment",
            "reason": "fenced",
        },
        {"event": "kafka", "level": "warning", "role": "train", "message": "broker down"},
    ]


def test_the_level_applies_to_segue_and_to_libraries() -> None:
    found = [json.loads(line) for line in standard_error("json", "error").splitlines()]
    assert events(found) == ["ours error", "theirs error", "theirs exception"]
    assert "ours debug" in standard_error("json", "debug")


def test_human_lines_have_no_colours_in_a_pipe() -> None:
    text = standard_error("human", "info")
    for said in ("ours info", "n=3", "theirs warning", "ZeroDivisionError: division by zero", "partition restored"):
        assert said in text
    assert "ours debug" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize(("cause", "words"), [(Cause.REPLACED, "made again"), (Cause.RETENTION, "are lost")])
def test_a_position_that_moved_is_an_error_with_its_figures(cause: Cause, words: str) -> None:
    with capture_logs() as lines:
        log_event(PositionMoved("segment", "user-events", 2, 20, Move(cause, 30, 10)))
    [line] = lines
    assert words in line["event"]
    assert {"log_level": "error", "next_offset": 20, "continues_at": 30, "records": 10}.items() <= line.items()
