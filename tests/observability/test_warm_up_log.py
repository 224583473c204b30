"""The log line on the progress of the warm-up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from stream.observability.segment_metrics import HealthGauges
from stream.observability.warm_up_log import WarmUpLog
from stream.runtime.events import Assigned, Delivered, EngineEvent, Idle
from tests.jobs.trainer_runs import POLICY, N, Ran, days, log

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


def test_a_warm_up_is_logged_when_it_begins_then_more_seldom_and_once_a_day() -> None:
    ran = Ran().run(log(*days(1)[:7], b"\xc1"))
    hours = [0, 0.01, 0.02, 0.1, 0.2, 1, 1.3, 20, 25.2, 25.4, 49.5, 49.6]
    #        x        x          x       x        x           x       the warnings are a day apart
    info, warning = ("info", 7, N, 1), ("warning", 7, N, 1)
    assert warm_up_logs(hours, [IDLE, IDLE], ran) == [info] * 4 + [warning] * 2


@pytest.mark.parametrize(
    ("lag", "n_later", "told"),
    [
        ({}, 17, "about 2026-01-01 01:18 UTC"),  # 10 samples in an hour, 13 of 30 are left
        ({}, 7, "never at this rate"),
        ({0: 5}, 17, "not known yet"),  # the samples are still read: their rate is that of reading
    ],
)
def test_the_first_model_is_foretold_from_the_rate_of_samples(lag: dict[int, int], n_later: int, told: str) -> None:
    watch, samples = Watch(), log(*days(1))
    ran = Ran(policy=replace(POLICY, warm_up_samples=30)).run(samples[:7])
    observer = WarmUpLog(ran.trainer, watch, lambda: datetime(2026, 1, 1, tzinfo=UTC))
    with capture_logs() as lines:
        observer(Idle("train", lag))
        ran.run(samples[7:n_later])
        watch.now_s = HOUR_S
        observer(Idle("train", {}))
    assert lines[0]["first_model"] == "not known yet"
    assert lines[1]["first_model"].startswith(told)


@pytest.mark.parametrize("event", [Idle("segment", {}), Assigned("train", [0])])
def test_only_the_trainers_turns_count(event: EngineEvent) -> None:
    assert warm_up_logs([0, 99], [event], Ran()) == []
    assert len(warm_up_logs([0, 0.1], [Delivered("train", [], 0.0, 0.0, {})], Ran())) == 2


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
