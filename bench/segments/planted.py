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
from stream.core.output import Sample
from stream.core.policy import DAY_MS
from stream.core.profile import Profiles, lengths, unit_rows

BASE_MS = 1_767_225_600_000  # 2026-01-01
N_TEXTS = 3  # newest texts in a sample

_CHUNK = 2_048  # users whose window vectors are in memory at once: 16 MiB


@dataclass(frozen=True)
class Day:
    """Users active on a day, or some of them, in parallel arrays.

    `time_ms` is the end of the day. users: `(n,)`. explicit: `(n, n_features)`, unscaled. semantic: `(n, d)` unit
    rows, the means of `mass (n,)` items, with the contrasts of older and newer ones. texts: up to N_TEXTS distinct
    newest ones. truth: `(n,)`, the group of each user on this day.
    n_groups: the number of groups with any user in the scenario on this day.
    """

    day: int
    time_ms: int
    users: Ints
    explicit: Floats
    semantic: Vectors
    mass: Vectors
    contrasts: Vectors
    texts: list[tuple[str, ...]]
    truth: Ints
    n_groups: int

    @property
    def profiles(self) -> Profiles:
        """Raw profiles of the users."""
        return Profiles(self.explicit, self.semantic, self.mass)

    def sample(self, at: int, encoder: str, segment: str) -> Sample:
        """Return the training sample of the user in row `at`, who is in this segment."""
        return Sample(
            user=str(self.users[at]),
            time_ms=self.time_ms,
            explicit=self.explicit[at],
            semantic=self.semantic[at],
            mass=float(self.mass[at]),
            contrast=self.contrasts[at],
            texts=self.texts[at],
            encoder=encoder,
            segment=segment,
        )

    def only(self, rows: Ints) -> Day:
        """Return the day with the users at these rows only."""
        return replace(
            self,
            users=self.users[rows],
            explicit=self.explicit[rows],
            semantic=self.semantic[rows],
            mass=self.mass[rows],
            contrasts=self.contrasts[rows],
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
        window = population.newest(users, N_ITEMS)
        newer, older = sums(window[:, : N_ITEMS // 2], vectors), sums(window[:, N_ITEMS // 2 :], vectors)
        means = newer.plus(older).means()
        yield Day(
            day=day,
            time_ms=BASE_MS + (day + 1) * DAY_MS,
            users=users,
            explicit=traits.draw(population.themes[users], users, rng),
            semantic=unit_rows(means),
            mass=(newer.n + older.n).astype(np.float32),
            contrasts=np.asarray(contrasts(newer, older) / np.maximum(lengths(means), 1e-9), np.float32),
            texts=[tuple(dict.fromkeys(row)) for row in names[population.newest(users, N_TEXTS)].tolist()],
            truth=groups[users],
            n_groups=len(np.unique(groups[groups != SILENT])),
        )


@dataclass(frozen=True)
class Sums:
    """Sums `total (n, d)` of the vectors of `n (n,)` texts of each user."""

    total: Vectors
    n: Ints

    def plus(self, other: Sums) -> Sums:
        """Return the sums over the texts of both."""
        return Sums(self.total + other.total, self.n + other.n)

    def means(self) -> Vectors:
        """Return the mean vectors (n, d); zero rows without texts."""
        return np.asarray(self.total / np.maximum(self.n, 1)[:, None], np.float32)


def sums(windows: NDArray[np.int32], vectors: Vectors) -> Sums:
    """Return the sums of the texts in each window `(n, n_slots)`.

    -1 is an empty slot, and picks the last of `vectors`, which is zero.
    """
    totals = np.empty((len(windows), vectors.shape[1]), np.float32)
    for start in range(0, len(windows), _CHUNK):
        totals[start : start + _CHUNK] = vectors[windows[start : start + _CHUNK]].sum(axis=1)
    return Sums(totals, (windows >= 0).sum(axis=1))


def contrasts(newer: Sums, older: Sums) -> Vectors:
    """Return `(n, d)` contrasts of older and newer texts of equal weights, before normalising."""
    factor = np.sqrt(newer.n * older.n) / np.maximum(newer.n + older.n, 1)
    return np.asarray((older.means() - newer.means()) * factor[:, None], np.float32)
