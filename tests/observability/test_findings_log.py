"""A finding of the topic watch is logged when it appears and when it is gone, not at every look."""

from __future__ import annotations

from structlog.testing import capture_logs

from stream.observability.findings_log import FindingsLog
from stream.runtime.events import Idle, Watched
from stream.runtime.watched import Finding, FindingKind


def held(n: int) -> Finding:
    return Finding(FindingKind.OPEN_TRANSACTION, "user-events", f"{n} records are held back")


def test_a_finding_is_logged_once_however_its_figures_change() -> None:
    log = FindingsLog()
    with capture_logs() as lines:
        for n in (1, 2, 3):
            log(Watched("watch", (held(n),)))
    assert [(line["log_level"], line["event"]) for line in lines] == [("warning", "1 records are held back")]


def test_the_end_of_a_finding_is_logged_and_its_return_again() -> None:
    log = FindingsLog()
    with capture_logs() as lines:
        for findings in ((held(1),), (), (), (held(2),)):
            log(Watched("watch", findings))
    assert [line["event"] for line in lines] == ["1 records are held back", "no longer so", "2 records are held back"]


def test_other_events_are_not_its_own() -> None:
    with capture_logs() as lines:
        FindingsLog()(Idle("segment", {}))
    assert lines == []
