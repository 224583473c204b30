"""One scenario and one seed, day by day: every arm learns the same sample and is asked for the same people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from bench.segments.method import Arm, Competitor, Ids
from bench.segments.planted import Day, days
from bench.segments.scenarios import Scenario
from bench.segments.scores import ABSENT, NO_ANSWER
from bench.segments.themes import Catalogue
from stream.core.arrays import Vectors
from stream.core.segment_model import Scaler
from stream.training.steps.warm_up import fit_scaler

N_SAMPLES = 2_000  # people a day, each once, to learn from
N_PANEL = 2_000  # people who are asked for on every day that they are active
SEMANTIC_WEIGHT = 0.7

Ints = NDArray[np.int64]

_SAMPLE_STREAM = 1  # of random numbers, apart from the scenario's own


@dataclass
class Track:
    """What one arm said of the panel: `ids (n_days, n_panel)`, its own ids as numbers in the order of appearance."""

    competitor: Competitor
    arm: Arm
    ids: Ints
    learn_s: float = 0.0
    assign_s: float = 0.0
    _numbers: dict[object, int] = field(default_factory=lambda: {None: NO_ANSWER})

    def learn(self, sample: Day, u: Vectors) -> None:
        n = self.competitor.n_samples or len(u)
        part = sample.only(np.arange(min(n, len(u))))
        start = perf_counter()
        self.arm.learn(part, u[:n])
        self.learn_s += perf_counter() - start

    def assign(self, asked: Day, u: Vectors, columns: Ints) -> None:
        start = perf_counter()
        found = self.arm.assign(asked, u)
        self.assign_s += perf_counter() - start
        self.ids[asked.day, columns] = self._as_numbers(found)

    def _as_numbers(self, found: Ids) -> list[int]:
        n_before = len(self._numbers) - 1
        for name in dict.fromkeys(found):
            if name not in self._numbers:
                self._numbers[name] = n_before
                n_before += 1
        return [self._numbers[name] for name in found]


@dataclass(frozen=True)
class Run:
    """`truth (n_days, n_panel)`: the group of each person of the panel, ABSENT where not active. `plant_s`: what the
    stream itself took."""

    scenario: Scenario
    seed: int
    truth: Ints
    tracks: list[Track]
    plant_s: float


def run(scenario: Scenario, seed: int, competitors: Sequence[Competitor], catalogue: Catalogue) -> Run:
    """Every arm over every day; the same arguments give the same ids."""
    rng = np.random.default_rng([seed, _SAMPLE_STREAM])
    panel = panel_of(scenario)
    truth = np.full((scenario.n_days, len(panel)), ABSENT)
    tracks: list[Track] = []
    scaler: Scaler | None = None
    plant_s = 0.0
    for day, took_s in _timed(days(scenario, seed, catalogue)):
        plant_s += took_s
        if scaler is None:
            scaler = fit_scaler(day.profiles, SEMANTIC_WEIGHT)
            tracks = [Track(c, c.start(day.n_groups, seed), np.full_like(truth, ABSENT)) for c in competitors]
        sample = day.only(rng.permutation(len(day.users))[:N_SAMPLES])
        asked = day.only(np.flatnonzero(np.isin(day.users, panel)))
        columns = np.searchsorted(panel, asked.users)
        truth[day.day, columns] = asked.truth
        sample_u, asked_u = scaler.transform(sample.profiles), scaler.transform(asked.profiles)
        for track in tracks:
            track.learn(sample, sample_u)
            track.assign(asked, asked_u, columns)
    return Run(scenario, seed, truth, tracks, plant_s)


def panel_of(scenario: Scenario) -> Ints:
    """The people who are asked for, ascending: about N_PANEL by a hash of their number, or everyone."""
    users = np.arange(scenario.n_users)
    hashed = users * 2_654_435_761 % (1 << 32)  # Knuth's multiplicative hash
    share = 1.0 if scenario.whole_panel else N_PANEL / scenario.n_users
    return users[hashed < share * (1 << 32)]


def _timed(stream: Iterator[Day]) -> Iterator[tuple[Day, float]]:
    """Each day with the seconds that it took to make."""
    start = perf_counter()
    for day in stream:
        yield day, perf_counter() - start
        start = perf_counter()
