"""Rows of the table: each figure's size, its trend after the warm-up, and whether it is flat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from bench.soak.sampling import Sample
from bench.soak.trend import trend

WARM_UP_S = 1200.0  # at most; a third of a shorter run
LIMIT = 0.05  # of the mean, an hour
N_SAMPLES_MIN = 4  # after the warm-up, for three steps between them


class Verdict(StrEnum):
    """Verdict on whether a figure moves by more than 5 % of its mean an hour."""

    FLAT = "flat"  # certainly not
    UNSURE = "unsure"  # the interval has both
    RISING = "rising"
    FALLING = "falling"


@dataclass(frozen=True)
class Row:
    """A figure: value at the end of the warm-up, at the end, and its trend in between."""

    figure: str
    after_warm_up: float
    end: float
    mean: float
    change_per_hour: float
    from_: float
    to: float
    verdict: str


FIGURES: dict[str, Callable[[Sample], float]] = {
    "worker, MiB resident": lambda sample: sample.worker.rss_mb,
    "worker, open files": lambda sample: sample.worker.n_files,
    "worker, threads": lambda sample: sample.worker.n_threads,
    "users in memory": lambda sample: sample.n_users,
    "records waiting, by offsets": lambda sample: sample.waiting,
    "records waiting, by the worker's metric": lambda sample: sample.lag,
    "broker, MiB resident": lambda sample: sample.broker.rss_mb,
    "broker, open files": lambda sample: sample.broker.n_files,
}


GROWTH_IS_A_FAULT = tuple(FIGURES)[:6]  # in a run with a steady number of users


def rows(samples: Sequence[Sample]) -> list[Row]:
    """Return a row for each figure, from at least N_SAMPLES_MIN samples after the warm-up."""
    after = after_warm_up(samples)
    series = {name: [look(sample) for sample in after] for name, look in FIGURES.items()}
    topics = sorted({topic for sample in after for topic in sample.topic_mb})
    series |= {f"{topic}, MiB on disk": [sample.topic_mb.get(topic, 0.0) for sample in after] for topic in topics}
    times_s = [sample.elapsed_s for sample in after]
    found = [_row(name, times_s, values) for name, values in series.items()]
    steps = list(pairwise(after))
    ends_s = [step[1].elapsed_s for step in steps]
    found.insert(0, _row("events a second", ends_s, [_rate(*step) for step in steps]))
    found.insert(1, _row("worker, µs of CPU an event", ends_s, [_cpu_us(*step) for step in steps]))
    return found


def after_warm_up(samples: Sequence[Sample]) -> list[Sample]:
    """Return the samples after 20 minutes, or after a third of a shorter run."""
    if not samples:
        return []
    begin_s = min(WARM_UP_S, samples[-1].elapsed_s / 3)
    return [sample for sample in samples if sample.elapsed_s >= begin_s]


def verdict(mean: float, low: float, high: float) -> Verdict:
    """Return where the interval of the slope lies.

    >>> [str(verdict(100, *interval)) for interval in ((-4, 4), (6, 9), (-9, -6), (-9, 4))]
    ['flat', 'rising', 'falling', 'unsure']
    """
    limit = LIMIT * abs(mean)
    if -limit <= low and high <= limit:
        return Verdict.FLAT
    if low > limit:
        return Verdict.RISING
    return Verdict.FALLING if high < -limit else Verdict.UNSURE


def _row(name: str, times_s: Sequence[float], values: Sequence[float]) -> Row:
    line, mean = trend(times_s, values), sum(values) / len(values)
    found = verdict(mean, line.low, line.high)
    return Row(name, values[0], values[-1], mean, line.per_hour, line.low, line.high, str(found))


def _rate(before: Sample, after: Sample) -> float:
    return (after.n_events - before.n_events) / (after.elapsed_s - before.elapsed_s)


def _cpu_us(before: Sample, after: Sample) -> float:
    return 1e6 * (after.worker.cpu_s - before.worker.cpu_s) / max(1, after.n_events - before.n_events)
