"""A figure with the 95 % interval that a bootstrap over people gives it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

N_RESAMPLES = 1_000
PERCENTILES = [2.5, 97.5]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    value: float
    low: float
    high: float


def mean_estimate(values: Floats) -> Estimate:
    """The mean of one value a person, resampled with the same seed each time."""
    rng = np.random.default_rng(0)
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(N_RESAMPLES)]
    return estimate(float(values.mean()), np.array(means))


def estimate(value: float, resampled: Floats) -> Estimate:
    low, high = np.percentile(resampled, PERCENTILES)
    return Estimate(value, float(low), float(high))


def resampled_counts(n: int) -> Floats:
    """(N_RESAMPLES, n): how often each of n people is drawn, the same draws as `mean_estimate` makes."""
    rng = np.random.default_rng(0)
    draws = [np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(N_RESAMPLES)]
    return np.stack(draws).astype(np.float64)
