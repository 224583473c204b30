"""Next purchases by nearest neighbours: categories are scored by the nearest training households."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from bench.quality.estimates import Estimate, mean_estimate
from bench.quality.profiles import Profiles
from bench.quality.split import Household, Split

N_NEIGHBOURS = 100
POPULARITY = 1e-3  # its share in a score: orders categories that equally many neighbours bought

Bought = NDArray[np.bool_]


def purchase_precision(found: Profiles, split: Split) -> Estimate:
    """Return mAP over the test households that bought anything soon."""
    bought, learnt = bought_soon(split)
    nearest = np.argsort(-(found.before @ found.training.T), axis=1)[:, :N_NEIGHBOURS]
    return _precision(bought, learnt[nearest].mean(axis=1) + POPULARITY * learnt.mean(axis=0))


def popularity_precision(split: Split) -> Estimate:
    """Return mAP when all households are offered the categories by their popularity among training households."""
    bought, learnt = bought_soon(split)
    return _precision(bought, np.broadcast_to(learnt.mean(axis=0), bought.shape))


def bought_soon(split: Split) -> tuple[Bought, Bought]:
    """Return `(n, categories)` of the test households, and of the training households."""
    all_households = [*split.test.values(), *split.training.values()]
    categories = sorted({category for household in all_households for category in household.soon})
    return _table(split.test.values(), categories), _table(split.training.values(), categories)


def _table(households: Iterable[Household], categories: list[str]) -> Bought:
    return np.array([[category in household.soon for category in categories] for household in households])


def _precision(bought: Bought, scores: NDArray[np.float64]) -> Estimate:
    buyers = np.where(bought.any(axis=1))[0]
    return mean_estimate(np.array([average_precision_score(bought[i], scores[i]) for i in buyers]))
