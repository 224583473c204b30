"""Shares of held-out members among the users ranked first, with intervals by a bootstrap over users."""

from __future__ import annotations

import numpy as np

from stream.core.arrays import Floats, Ints

FIRST = 0.1  # of the users, by weight


def shares_found(scores: Floats, is_member: Ints, weights: Floats) -> Floats:
    """Return the share of the members among the first tenth of the users, for each row of `weights (b, n)`.

    A user of weight 2 counts twice. Users of equal scores are in the order of rows.
    """
    order = np.argsort(-scores, kind="stable")
    ranked = weights[:, order]
    before = np.cumsum(ranked, axis=1) - ranked
    left = np.clip(FIRST * ranked.sum(axis=1, keepdims=True) - before, 0, ranked)
    members = is_member[order].astype(np.float64)
    return np.asarray((left @ members) / np.maximum(ranked @ members, 1e-9), np.float64)


def drawn_weights(n: int, n_draws: int) -> Floats:
    """Return `(1 + n_draws, n)` weights: one of each user, then numbers of draws with replacement."""
    rng = np.random.default_rng(0)
    draws = [np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(n_draws)]
    return np.stack([np.ones(n), *draws]).astype(np.float64)
