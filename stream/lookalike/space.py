"""Profiles on scales of the pool: both halves have variance 1 over its users, so that neither drowns the other."""

from __future__ import annotations

import numpy as np

from stream.core.arrays import Ints
from stream.core.scaler import Scaler
from stream.lookalike.pool import Pool

N_FITTED = 20_000  # users that means and variances are taken from
SEMANTIC_PRIOR = 5.0  # items that the mean text counts for: a profile of few items is drawn towards it
HALF = 0.5
_LEAST = 1e-6


def space_of(pool: Pool) -> Scaler:
    """Return the scales of a pool; features that do not differ count for nothing."""
    raw = pool.rows(evenly(len(pool.users), N_FITTED))
    scale = raw.explicit.std(axis=0)
    mean = raw.semantic.mean(axis=0, dtype=np.float64)
    spread = np.sqrt(np.square(raw.semantic - mean).sum(axis=1).mean())
    return Scaler(
        explicit_mean=raw.explicit.mean(axis=0),
        explicit_scale=np.where(scale > _LEAST, scale, 1.0),
        explicit_spread=float(np.sqrt(max(1, (scale > _LEAST).sum()))),
        explicit_weight=HALF,
        semantic_mean=mean.astype(np.float32),
        semantic_scale=float(spread) if spread > _LEAST else 1.0,
        semantic_prior=SEMANTIC_PRIOR,
        semantic_weight=HALF,
    )


def evenly(n: int, n_most: int) -> Ints:
    """Return at most `n_most` of the rows 0 to n - 1, evenly apart.

    >>> evenly(10, 4).tolist()
    [0, 2, 5, 7]
    """
    return np.arange(n) if n <= n_most else np.arange(n_most) * n // n_most
