"""Planted streams: the days of a scenario as raw profiles, with the true group of each user."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.segments.population import N_ITEMS, Population
from bench.segments.scenarios import SILENT, Scenario
from bench.segments.themes import Catalogue
from bench.segments.traits import draw_traits
from stream.core.arrays import Floats, Ints, Vectors
from stream.core.policy import DAY_MS
from stream.core.profile import Profiles

BASE_MS = 1_767_225_600_000  # 2026-01-01
N_TEXTS = 3  # newest texts in a sample

_CHUNK = 2_048  # users whose window vectors are in memory at once: 16 MiB


@dataclass(frozen=True)
class Day:
    """Users active on a day, or some of them, in parallel arrays.

    `time_ms` is the end of the day. users: `(n,)`. explicit: `(n, n_features)`, unscaled. semantic: `(n, d)` unit
    rows. texts: up to N_TEXTS distinct newest ones. truth: `(n,)`, the group of each user on this day.
    n_groups: the number of groups with any user in the scenario on this day.
    """

    day: int
    time_ms: int
    users: Ints
    explicit: Floats
    semantic: Vectors
    texts: list[tuple[str, ...]]
    truth: Ints
    n_groups: int

    @property
    def profiles(self) -> Profiles:
        """Raw profiles of the users."""
        return Profiles(self.explicit, self.semantic)

    def only(self, rows: Ints) -> Day:
        """Return the day with the users at these rows only."""
        return replace(
            self,
            users=self.users[rows],
            explicit=self.explicit[rows],
            semantic=self.semantic[rows],
            texts=[self.texts[row] for row in rows.tolist()],
            truth=self.truth[rows],
        )


def days(scenario: Scenario, seed: int, catalogue: Catalogue) -> Iterator[Day]:
    """Yield every day of the scenario; the same arguments give the same bits."""
    rng = np.random.default_rng(seed)
    traits = draw_traits(catalogue.n_themes, scenario.n_users, rng)
    population = Population(scenario, catalogue, rng)
    names = np.array(catalogue.texts, dtype=object)
    vectors = np.concatenate([catalogue.vectors, np.zeros_like(catalogue.vectors[:1])])  # the last for an empty slot
    for day in range(scenario.n_days):
        users = population.simulate(day)
        groups = population.groups(day)
        yield Day(
            day=day,
            time_ms=BASE_MS + (day + 1) * DAY_MS,
            users=users,
            explicit=traits.draw(population.themes[users], users, rng),
            semantic=directions(population.texts[users], vectors),
            texts=[tuple(dict.fromkeys(row)) for row in names[population.newest(users, N_TEXTS)].tolist()],
            truth=groups[users],
            n_groups=len(np.unique(groups[groups != SILENT])),
        )


def directions(windows: NDArray[np.int32], vectors: Vectors) -> Vectors:
    """Return `(n, d)` unit rows: the mean direction of the texts in each window `(n, N_ITEMS)`.

    -1 is an empty slot, and picks the last of `vectors`, which is zero.
    """
    means = np.empty((len(windows), vectors.shape[1]), np.float32)
    for start in range(0, len(windows), _CHUNK):
        means[start : start + _CHUNK] = vectors[windows[start : start + _CHUNK]].sum(axis=1) / N_ITEMS
    norms = np.maximum(np.linalg.norm(means, axis=1, keepdims=True), np.float32(1e-9))
    return np.asarray(means / norms, np.float32)
