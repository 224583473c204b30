"""A figure with its 95 % interval, by a bootstrap over households."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stream.core.arrays import Floats

N_RESAMPLES = 1_000
PERCENTILES = [2.5, 97.5]


@dataclass(frozen=True)
class Estimate:
    """A value with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


def mean_estimate(values: Floats) -> Estimate:
    """Return the mean over households of `values (n,)`, resampled with the same seed each time."""
    rng = np.random.default_rng(0)
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(N_RESAMPLES)]
    return estimate(float(values.mean()), np.array(means))


def estimate(value: float, resampled: Floats) -> Estimate:
    """Return `value` with the percentiles of its resampled values `(N_RESAMPLES,)`."""
    low, high = np.percentile(resampled, PERCENTILES)
    return Estimate(value, float(low), float(high))


def resampled_counts(n: int) -> Floats:
    """Return `(N_RESAMPLES, n)` draw counts of n households, from the same draws as `mean_estimate`."""
    rng = np.random.default_rng(0)
    draws = [np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(N_RESAMPLES)]
    return np.stack(draws).astype(np.float64)
