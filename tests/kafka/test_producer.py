"""The pace of sending, on a clock of the test's own."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from stream.kafka.producer import Pace


@dataclass
class Time:
    """Seconds that only sleeping and `work_s` pass."""

    now_s: float = 50.0
    slept_s: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.now_s += seconds


def paced(rate: float, n: int, work_s: float = 0.0) -> Time:
    """The time after `n` events, each of which takes `work_s` to send."""
    time = Time()
    pace = Pace(rate, time.clock, time.sleep)
    for _ in range(n):
        time.now_s += work_s
        pace.wait()
    return time


def test_rate_zero_never_waits() -> None:
    assert paced(0, 1000).slept_s == []


def test_a_slow_rate_waits_after_every_event() -> None:
    assert paced(4, 8).slept_s == pytest.approx([0.25] * 8)


@pytest.mark.parametrize("rate", [0.5, 7, 1000, 30_000])
@pytest.mark.parametrize("work_s", [0.0, 0.00001])
def test_n_events_take_n_over_rate_seconds(rate: float, work_s: float) -> None:
    n = max(10, int(rate))
    time = paced(rate, n, work_s)
    assert time.now_s - 50 == pytest.approx(n / rate, abs=0.006)  # it never waits for less than 5 ms


def test_the_time_of_sending_counts_as_waiting() -> None:
    assert paced(4, 3, work_s=0.1).slept_s == pytest.approx([0.15] * 3)


def test_a_late_producer_does_not_wait_until_it_has_caught_up() -> None:
    assert paced(10, 5, work_s=0.5).slept_s == []


def test_short_waits_are_added_up() -> None:
    time = paced(1000, 100)
    assert min(time.slept_s) > 0.005
    assert len(time.slept_s) < 20
