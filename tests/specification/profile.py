"""Profiles of windows: the vector u = [explicit, semantic], and the contrast of older and newer items.

The semantic half is the L2-normalised mean of the item vectors, each weighted by 2^(-age / half-life). The mass says
how many items of equal weight would give a mean as sure. The halves here are raw; the segment model scales them.
"""

from __future__ import annotations

import numpy as np

from stream.core.arrays import Vectors
from stream.core.profile import Profiles, lengths, unit_rows
from tests.specification.features import Compute, Windows, explicit_features


def item_weights(windows: Windows, half_life_ms: int) -> Vectors:
    """Return 2^(-age / half-life), (E, N); 0 where no item is. An item in the future has age 0."""
    age_ms = np.maximum(windows.now_ms[:, None] - windows.column("time_ms"), 0)
    return np.where(windows.mask, np.exp2(-(age_ms / half_life_ms)), 0.0).astype(np.float32)


def weighted_means(windows: Windows, weights: Vectors) -> Vectors:
    """Return (E, d) means of the item vectors by `weights (E, N)`; a zero row where all weights are 0."""
    vectors = windows.columns["vector"].astype(np.float32)  # (E, N, d)
    # one small product a window: with one large GEMM a row's bits could depend on the other rows
    scaled = weights * windows.column("scale").astype(np.float32)
    sums = np.matmul(scaled[:, None, :], vectors)[:, 0, :]
    total = weights.sum(axis=1, keepdims=True)
    return np.asarray(sums / np.where(total > 0, total, np.float32(1)), dtype=np.float32)


def effective_sizes(weights: Vectors) -> Vectors:
    """Return Kish's effective sample sizes (E,) of `weights (E, N)`; 0 where all are 0."""
    wide = weights.astype(np.float64)  # squares of old items are too small for float32
    squares = np.square(wide).sum(axis=1)
    return np.asarray(np.square(wide.sum(axis=1)) / np.where(squares > 0, squares, 1), dtype=np.float32)


def profiles(windows: Windows, features: dict[str, Compute], half_life_ms: int) -> Profiles:
    """Return the raw profiles of E non-empty windows."""
    weights = item_weights(windows, half_life_ms)
    explicit = explicit_features(windows, features)
    return Profiles(explicit, unit_rows(weighted_means(windows, weights)), effective_sizes(weights))


def contrasts(windows: Windows, half_life_ms: int) -> Vectors:
    """Return (E, d) contrasts of older and newer items, with the covariance of a semantic half's sampling noise.

    A contrast is the difference of the means of both halves of a window, scaled. It holds what the mean of so few items
    has by chance; behaviour in both halves cancels out. The row of a window with one item is zero.
    """
    weights = item_weights(windows, half_life_ms)
    is_older = np.arange(weights.shape[1])[None, :] < (windows.n // 2)[:, None]
    older, newer = np.where(is_older, weights, np.float32(0)), np.where(is_older, np.float32(0), weights)
    noise = [1 / np.maximum(effective_sizes(each), np.float32(1e-6)) for each in (older, newer)]
    own = 1 / np.maximum(effective_sizes(weights), np.float32(1e-6))
    factor = np.where(windows.n > 1, np.sqrt(own / (noise[0] + noise[1])), 0.0).astype(np.float32)
    norm = lengths(weighted_means(windows, weights))
    difference = weighted_means(windows, older) - weighted_means(windows, newer)
    return np.asarray(difference * factor[:, None] / np.where(norm > 0, norm, np.float32(1)), np.float32)
