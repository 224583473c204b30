"""The log line on the progress of the warm-up."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from structlog.testing import capture_logs

from stream.observability.segment_metrics import HealthGauges
from stream.observability.warm_up_log import WarmUpLog
from stream.runtime.events import Assigned, Delivered, EngineEvent, Idle
from tests.jobs.trainer_runs import N, Ran, days, log

IDLE = Idle("train", {})
HOUR_S = 3_600


@dataclass
class Watch:
    """A clock that is set by hand."""

    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


def warm_up_logs(hours: list[float], events: list[EngineEvent], ran: Ran) -> list[tuple[str, int, int, int]]:
    """Return the log entries when each of these events occurs at each hour."""
    watch = Watch()
    observer = WarmUpLog(ran.trainer, watch)
    with capture_logs() as lines:
        for hour in hours:
            watch.now_s = 1_000 + hour * HOUR_S
            for event in events:
                observer(event)
    assert {line["event"] for line in lines} <= {"no segments yet, the warm-up waits for samples"}
    return [(line["log_level"], line["samples"], line["needed"], line["unusable"]) for line in lines]


def test_a_warm_up_is_logged_when_it_begins_and_once_a_day() -> None:
    ran = Ran().run(log(*days(1)[:7], b"\xc1"))
    said = ("info", 7, N, 1), ("warning", 7, N, 1), ("warning", 7, N, 1)
    assert warm_up_logs([0, 1, 23.9, 24, 25, 47.9, 48.1], [IDLE, IDLE], ran) == list(said)


@pytest.mark.parametrize("event", [Idle("segment", {}), Assigned("train", [0])])
def test_only_the_trainers_turns_count(event: EngineEvent) -> None:
    assert warm_up_logs([0, 99], [event], Ran()) == []
    assert len(warm_up_logs([0, 99], [Delivered("train", [], 0.0, 0.0, {})], Ran())) == 2


def test_nothing_is_logged_with_segments_or_without_the_trainers_partition() -> None:
    assert warm_up_logs([0, 99], [IDLE], Ran().run(log(*days(1)))) == []
    elsewhere = Ran()
    elsewhere.trainer.revoke(0)
    assert warm_up_logs([0, 99], [IDLE], elsewhere) == []


def missing(ran: Ran) -> list[float]:
    """The samples that a scrape says are missing."""
    families = {family.name: family for family in HealthGauges(ran.trainer, 9).collect()}
    return [sample.value for sample in families["segue_samples_missing"].samples]


def test_a_scrape_counts_missing_samples_before_the_first_segments() -> None:
    ran = Ran()
    assert missing(ran) == [N]
    assert missing(ran.run(log(*days(1)[:7]))) == [N - 7]
    assert missing(Ran().run(log(*days(1)))) == []
