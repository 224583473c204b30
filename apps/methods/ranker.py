"""A ranker of categories: logistic regression on how a user and a population speak for each category.

`FEATURES` begin with what a user bought, and go on with what others bought who bought alike. Segment and semantic half,
which Segue knows, come last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.methods.population import Population, unit
from apps.methods.shoppers import Sheet
from stream.core.arrays import Floats

Names = tuple[str, ...]

OWN = ("days", "recent", "lasting", "bought", "since", "rate", "popular", "few", "days_few", "popular_few")
OTHERS = ("together", "alike")
SEGMENT = ("segment", "segment_few")
VECTOR = ("near", "near_few", "towards", "towards_few")
FEATURES = OWN + OTHERS + SEGMENT + VECTOR

_PENALTY = 1.0
_N_STEPS = 10  # of Newton's method: more change no digit that counts
_FLOOR = 1e-3


@dataclass(frozen=True)
class Ranker:
    """Weights of the features `names`, after their means and scales are taken out."""

    names: Names
    means: Floats
    scales: Floats
    weights: Floats
    intercept: float

    def probabilities(self, population: Population, sheet: Sheet) -> Floats:
        """Return the probability that each user buys each category within the horizon, (n, n_categories)."""
        found = features_of(population, sheet, self.names)
        return sigmoid(((found - self.means) / self.scales) @ self.weights + self.intercept)


def untrained(names: Names = FEATURES) -> Ranker:
    """Return the ranker before the first fit: how often the user buys, and neighbours or all users."""
    trusted = {"rate": 1.0, "near": 1.0} if "near" in names else {"rate": 1.0, "popular": 1.0}
    n, weights = len(names), np.array([trusted.get(name, 0.0) for name in names])
    return Ranker(names, np.zeros(n), np.ones(n), weights, 0.0)


def fitted(population: Population, sheet: Sheet, outcomes: Floats, names: Names = FEATURES) -> Ranker:
    """Fit to what the users of `sheet` bought in the horizon after, `outcomes (n, n_categories)` as 0 or 1."""
    rows = features_of(population, sheet, names).reshape(-1, len(names))
    means, scales = rows.mean(axis=0), rows.std(axis=0)
    scales[scales == 0] = 1.0
    weights = logistic_regression((rows - means) / scales, outcomes.ravel())
    return Ranker(names, means, scales, weights[1:], float(weights[0]))


def logistic_regression(rows: Floats, outcomes: Floats) -> Floats:
    """Return intercept and weights (1 + n_features,) by Newton's method, with an L2 penalty on the weights."""
    design = np.column_stack([np.ones(len(rows)), rows])
    penalty = np.full(design.shape[1], _PENALTY)
    penalty[0] = 1e-9
    weights = np.zeros(design.shape[1])
    for _ in range(_N_STEPS):
        chance = sigmoid(design @ weights)
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(penalty)
        weights += np.linalg.solve(curvature, design.T @ (outcomes - chance) - penalty * weights)
    return weights


def features_of(population: Population, sheet: Sheet, names: Names) -> Floats:
    """Return the features of each user and category, (n, n_categories, n_names)."""
    compute: dict[str, Callable[[], NDArray[Any]]] = {
        "days": lambda: np.log1p(sheet.days),
        "recent": lambda: np.log1p(sheet.recent),
        "lasting": lambda: np.log1p(sheet.lasting),
        "bought": lambda: sheet.days > 0,
        "since": lambda: np.log1p(sheet.since_days),
        "rate": lambda: np.log((sheet.days + 2 * population.popularity + 0.01) / (sheet.n_days + 2)),
        "popular": lambda: log_odds(population.popularity),
        "few": lambda: 1 / (1 + sheet.n_purchases),
        "together": lambda: np.log(unit(np.log1p(sheet.days)) @ population.bought_together + _FLOOR),
        "alike": partial(alike, population, sheet),
        "segment": partial(of_segment, population, sheet),
        "near": partial(near, population, sheet),
        "towards": lambda: population.centred(sheet.semantic) @ population.buyers_vectors.T,
    }
    plain = {name.removesuffix("_few") for name in names} | {"few"}
    found = {name: np.broadcast_to(compute[name](), sheet.days.shape) for name in plain}
    few = {name: found["few"] if name.endswith("_few") else 1.0 for name in names}
    return np.stack([found[name.removesuffix("_few")] * few[name] for name in names], axis=-1)


def why(population: Population, sheet: Sheet, column: int) -> str:
    """Return in words what speaks for a category, for the first user of `sheet`."""
    of_all, of_segment = population.popularity[column], population.segment_shares.get(sheet.segments[0])
    if sheet.days[0, column]:
        ago, n_days = sheet.since_days[0, column], sheet.n_days[0, 0]
        return f"bought on {sheet.days[0, column]:.0f} of {n_days:.0f} days, last {ago:.0f} days ago"
    if of_segment is not None and of_segment[column] > of_all:
        return f"bought lately by {of_segment[column]:.0%} of the segment, by {of_all:.0%} of all users"
    return f"goes with what the user bought; bought lately by {of_all:.0%} of all users"


def alike(population: Population, sheet: Sheet) -> Floats:
    """Return log odds among users with the most similar purchases."""
    cosines = unit(np.log1p(sheet.days)) @ unit(np.log1p(population.sheet.days)).T
    return log_odds(population.neighbours_bought(cosines, sheet.users))


def near(population: Population, sheet: Sheet) -> Floats:
    """Return log odds among users with the nearest semantic halves."""
    cosines = population.centred(sheet.semantic) @ population.centred(population.sheet.semantic).T
    return log_odds(population.neighbours_bought(cosines, sheet.users))


def of_segment(population: Population, sheet: Sheet) -> Floats:
    """Return log odds among users of the same segment; those of all users for a segment without users."""
    shares = [population.segment_shares.get(segment, population.popularity) for segment in sheet.segments]
    return log_odds(np.stack(shares))


def log_odds(shares: Floats) -> Floats:
    """Return log(p / (1 - p)), at most about 7 either way."""
    inside = np.clip(shares, _FLOOR, 1 - _FLOOR)
    return np.log(inside / (1 - inside))


def sigmoid(values: Floats) -> Floats:
    """Return 1 / (1 + exp(-x)) without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(values / 2)))
