"""Simulated users: each has a window of newest texts, favourite texts, and an activity rate.

All state is arrays over users; a day is a few numpy operations, and the same seed gives the same days.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bench.segments.scenarios import SILENT, Scenario
from bench.segments.themes import COMMON, Catalogue
from stream.core.arrays import Ints

N_ITEMS = 16  # of a window
N_LEAST = 3  # items before a user has a profile
BURN_IN_DAYS = 14  # simulated before day 0, so that windows show the users' activity rates

_STRAY_PART = 0.3  # of the items outside a cell's themes are of any theme; the rest are common texts
_FAVOURITE_PART = 0.6  # of a user's items are favourites
_N_FAVOURITES = 6  # texts of a theme
_WEEKEND_PART = 0.4  # of a weekend's items, in a weekly scenario, are of the weekend's theme
_WEEKDAY_OF_DAY_0 = 3  # 2026-01-01 is a Thursday, 3 from Monday
_TAIL = 1.2  # Pareto exponent of heavy activity: the variance is infinite
_GOLDEN = 0.618_033_988_749_895  # turns one uniform number into one for each theme


class Population:
    """A population of one scenario and seed, simulated forward day by day."""

    def __init__(self, scenario: Scenario, catalogue: Catalogue, rng: np.random.Generator) -> None:
        self._scenario, self._steps, self._rng = scenario, catalogue.steps, rng
        n, cells = scenario.n_users, scenario.cells
        self.theme_order = rng.permutation(catalogue.n_themes)  # the theme at each position of the scenario's order
        ends = np.cumsum([cell.share for cell in cells])
        self.cell = rng.permutation(np.searchsorted(ends / ends[-1], (np.arange(n) + 0.5) / n)).astype(np.int64)
        self._joined = self._joining_days()
        self._active_part, self._n_extra = self._habits()
        self._favourites = rng.random((n, _N_FAVOURITES))
        self._breadth = rng.random(n)  # position of a user between the `own_parts` of the cell
        self.texts = np.full((n, N_ITEMS), -1, np.int32)
        self.themes = np.full((n, N_ITEMS), -1, np.int8)
        self.n_seen = np.zeros(n, np.int64)
        self._burn_in()

    def simulate(self, day: int) -> Ints:
        """Simulate one day, and return the active users with a profile, ascending."""
        self._move(day)
        awake = (self.cell != SILENT) & (self._joined <= day)
        active = np.flatnonzero(awake & (self._rng.random(len(awake)) < self._active_part))
        self._add_items(active, 1 + self._rng.poisson(self._n_extra[active]), day)
        return active[self.n_seen[active] >= N_LEAST]

    def groups(self, day: int) -> Ints:
        """Return `(n_users,)` current groups; SILENT for users that have left or not joined yet."""
        of_cells = np.array([*(cell.group_on(day) for cell in self._scenario.cells), SILENT])
        return np.where(self._joined <= day, of_cells[self.cell], SILENT)

    def newest(self, users: Ints, n: int) -> NDArray[np.int32]:
        """Return `(len(users), n)` texts, the newest first."""
        places = (self.n_seen[users, None] - 1 - np.arange(n)) % N_ITEMS
        newest: NDArray[np.int32] = self.texts[users[:, None], places]
        return newest

    def _joining_days(self) -> Ints:
        joined = np.full(len(self.cell), -BURN_IN_DAYS)
        for at, cell in enumerate(self._scenario.cells):
            if cell.joins is not None:
                members = np.flatnonzero(self.cell == at)
                first, last = cell.joins
                joined[members] = first + np.arange(len(members)) % (last - first + 1)
        return joined

    def _habits(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the chance of each user to be active on a day, and the mean items beyond the first."""
        n = len(self.cell)
        if not self._scenario.heavy:
            return self._rng.uniform(0.3, 0.9, n), np.full(n, 2.0)
        rate = 0.15 * (1 + self._rng.pareto(_TAIL, n))
        return 1 - np.exp(-rate), np.minimum(rate, N_ITEMS)

    def _burn_in(self) -> None:
        """Fill the windows, then simulate the days before day 0."""
        there = np.flatnonzero(self._joined < 0)
        self._add_items(there, np.full(len(there), N_ITEMS), -BURN_IN_DAYS)
        for day in range(-BURN_IN_DAYS, 0):
            self.simulate(day)

    def _move(self, day: int) -> None:
        for move in self._scenario.moves:
            if move.day == day:
                for source in move.sources:
                    members = self._rng.permutation(np.flatnonzero(self.cell == source))
                    moved = members[: round(len(members) * move.share)]
                    self.cell[moved] = np.resize(move.targets, len(moved))

    def _add_items(self, users: Ints, n_items: Ints, day: int) -> None:
        """Add `n_items` new items for each of these users, at most N_ITEMS."""
        n_items = np.minimum(n_items, N_ITEMS)
        doers = np.repeat(users, n_items)
        nth = np.arange(len(doers)) - np.repeat(np.cumsum(n_items) - n_items, n_items)
        places = (self.n_seen[doers] + nth) % N_ITEMS
        themes = self._themes_of(doers, day)
        self.themes[doers, places] = themes
        self.texts[doers, places] = self._texts_of(doers, themes)
        self.n_seen[users] += n_items

    def _themes_of(self, doers: Ints, day: int) -> Ints:
        cells = self._scenario.cells
        second = np.array([cell.second_part(day) for cell in cells])[self.cell[doers]]
        places = np.array([cell.themes for cell in cells])[self.cell[doers]]
        themes = self.theme_order[np.where(self._rng.random(len(doers)) < second, places[:, 1], places[:, 0])]
        if self._scenario.weekly and (day + _WEEKDAY_OF_DAY_0) % 7 >= 5:
            themes[self._rng.random(len(doers)) < _WEEKEND_PART] = self.theme_order[-1]
        return np.asarray(themes, np.int64)

    def _own_part(self, doers: Ints) -> NDArray[np.float64]:
        low, high = np.array([cell.own_parts for cell in self._scenario.cells])[self.cell[doers]].T
        return np.asarray(low + (high - low) * self._breadth[doers], np.float64)

    def _texts_of(self, doers: Ints, themes: Ints) -> NDArray[np.int32]:
        """Draw a text of each theme, or a stray one; most are favourites, constant for a user and theme."""
        n = len(doers)
        stray = self._rng.random(n) < _STRAY_PART
        others = np.where(stray, self._rng.integers(0, COMMON, n), COMMON)
        kinds = np.where(self._rng.random(n) < self._own_part(doers), themes, others)
        favourite = self._favourites[doers, self._rng.integers(0, _N_FAVOURITES, n)]
        liked = (favourite + _GOLDEN * kinds) % 1.0
        quantiles = np.where(self._rng.random(n) < _FAVOURITE_PART, liked, self._rng.random(n))
        texts: NDArray[np.int32] = self._steps[kinds, (quantiles * self._steps.shape[1]).astype(np.int64)]
        return texts
