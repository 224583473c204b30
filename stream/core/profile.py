"""Profiles: the vector u = [explicit, semantic] of a window.

The semantic half is the L2-normalised mean of the item vectors, each weighted by 2^(-age / half-life). The halves here
are raw; the segment model scales them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats, Vectors
from stream.core.features import Feature, Windows, explicit_features


@dataclass(frozen=True, slots=True)
class Profiles:
    """A batch of E raw profiles: `explicit (E, n_features) float64`, `semantic (E, d) float32`, unit rows or zero."""

    explicit: Floats
    semantic: Vectors


def quantise(vectors: Vectors) -> tuple[NDArray[np.int8], Vectors]:
    """Quantise `(n, d)` vectors to int8 with one scale a row: `int8 * scale` is within scale / 2 of the original."""
    scale = (np.abs(vectors).max(axis=1, initial=0.0) / 127).astype(np.float32)
    safe = np.where(scale > 0, scale, np.float32(1))
    return np.rint(vectors / safe[:, None]).astype(np.int8), scale


def item_weights(windows: Windows, half_life_ms: int) -> Vectors:
    """Return 2^(-age / half-life), (E, N); 0 where no item is. An item in the future has age 0."""
    age_ms = np.maximum(windows.now_ms[:, None] - windows.column("time_ms"), 0)
    return np.where(windows.mask, np.exp2(-(age_ms / half_life_ms)), 0.0).astype(np.float32)


def semantic_profiles(windows: Windows, half_life_ms: int) -> Vectors:
    """Return (E, d) unit rows; a zero row where no item has a vector."""
    weights = item_weights(windows, half_life_ms) * windows.column("scale").astype(np.float32)
    vectors = windows.columns["vector"].astype(np.float32)  # (E, N, d)
    # one small product a window: with one large GEMM a row's bits could depend on the other rows
    mean = np.matmul(weights[:, None, :], vectors)[:, 0, :]
    norm = np.sqrt(np.square(mean).sum(axis=1, keepdims=True))
    return np.asarray(mean / np.where(norm > 0, norm, np.float32(1)), dtype=np.float32)


def profiles(windows: Windows, features: dict[str, Feature], half_life_ms: int) -> Profiles:
    """Return the raw profiles of E non-empty windows."""
    return Profiles(explicit_features(windows, features), semantic_profiles(windows, half_life_ms))
