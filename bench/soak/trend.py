"""A straight line through a figure, by least squares over means of blocks.

Samples close in time are alike, so a line through all of them would seem surer than it is. Means of blocks are nearly
independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import linregress, t

N_BLOCKS = 12
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Trend:
    """A slope per hour with its interval of 95 %."""

    per_hour: float
    low: float
    high: float


def trend(times_s: Sequence[float], values: Sequence[float], n_blocks: int = N_BLOCKS) -> Trend:
    """Return the slope of `values`, per hour. Raises ValueError with fewer than 3 samples.

    >>> trend([0, 1800, 3600], [5.0, 6.0, 7.0])
    Trend(per_hour=2.0, low=2.0, high=2.0)
    """
    if len(times_s) < 3:
        raise ValueError(f"a trend needs at least 3 samples, got {len(times_s)}")
    blocks = min(n_blocks, len(times_s))
    hours = [float(part.mean()) / 3600 for part in np.array_split(np.asarray(times_s, float), blocks)]
    means = [float(part.mean()) for part in np.array_split(np.asarray(values, float), blocks)]
    if len(set(means)) == 1:  # the line has no error, which linregress does not say
        return Trend(0.0, 0.0, 0.0)
    line = linregress(hours, means)
    half = float(t.ppf((1 + CONFIDENCE) / 2, blocks - 2)) * float(line.stderr)
    return Trend(float(line.slope), float(line.slope) - half, float(line.slope) + half)
