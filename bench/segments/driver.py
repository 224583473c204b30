"""One scenario and seed, day by day: all methods learn the same sample and assign the same users."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from bench.segments.method import Ids, Method, StreamClusterer
from bench.segments.planted import Day, days
from bench.segments.scenarios import Scenario
from bench.segments.scores import ABSENT, NO_ANSWER
from bench.segments.themes import Catalogue
from stream.core.arrays import Ints, Vectors
from stream.core.policy import Policy
from stream.core.scaler import Scaler
from stream.training.sample.fit_scaler import fit_scaler
from stream.training.sample.signal_subspace import signal_subspace

N_SAMPLES = 2_000  # users a day to learn from, each once
N_PANEL = 2_000  # users to assign on every day on which they are active
SEMANTIC_WEIGHT = Policy().semantic_weight


_SAMPLE_STREAM = 1  # of random numbers, apart from the scenario's own


@dataclass
class Track:
    """Ids of one method for the panel, `(n_days, n_panel)`: its own ids as numbers in order of appearance."""

    method: Method
    clusterer: StreamClusterer
    ids: Ints
    learn_s: float = 0.0
    assign_s: float = 0.0
    _numbers: dict[object, int] = field(default_factory=lambda: {None: NO_ANSWER})

    def learn(self, sample: Day, u: Vectors) -> None:
        """Let the method learn, at most as many samples as its limit."""
        n = self.method.n_samples or len(u)
        part = sample.only(np.arange(min(n, len(u))))
        start = perf_counter()
        self.clusterer.learn(part, u[:n])
        self.learn_s += perf_counter() - start

    def assign(self, asked: Day, u: Vectors, columns: Ints) -> None:
        """Store the method's ids of the users at `columns` of the panel."""
        start = perf_counter()
        found = self.clusterer.assign(asked, u)
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
    """A finished run. `truth (n_days, n_panel)` is the group of each panel user, ABSENT where not active.

    `plant_s` are the seconds of the simulation itself.
    """

    scenario: Scenario
    seed: int
    truth: Ints
    tracks: list[Track]
    plant_s: float


def run(scenario: Scenario, seed: int, methods: Sequence[Method], catalogue: Catalogue) -> Run:
    """Run all methods over all days; the same arguments give the same ids."""
    rng = np.random.default_rng([seed, _SAMPLE_STREAM])
    panel = panel_of(scenario)
    truth = np.full((scenario.n_days, len(panel)), ABSENT)
    tracks: list[Track] = []
    scaler: Scaler | None = None
    plant_s = 0.0
    for day, took_s in _timed(days(scenario, seed, catalogue)):
        plant_s += took_s
        if scaler is None:
            signal = signal_subspace(day.profiles, day.contrasts)
            scaler = fit_scaler(day.profiles, signal, SEMANTIC_WEIGHT, np.zeros(day.explicit.shape[1]))
            tracks = [Track(m, m.start(day.n_groups, seed), np.full_like(truth, ABSENT)) for m in methods]
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
    """Return the users of the panel, ascending: about N_PANEL by a hash of their number, or all users."""
    users = np.arange(scenario.n_users)
    hashed = users * 2_654_435_761 % (1 << 32)  # Knuth's multiplicative hash
    share = 1.0 if scenario.whole_panel else N_PANEL / scenario.n_users
    return users[hashed < share * (1 << 32)]


def _timed(stream: Iterator[Day]) -> Iterator[tuple[Day, float]]:
    """Yield each day with the seconds of its simulation."""
    start = perf_counter()
    for day in stream:
        yield day, perf_counter() - start
        start = perf_counter()
