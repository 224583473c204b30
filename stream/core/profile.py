"""A profile: what a window says of a person, as one vector u = [explicit, semantic].

The semantic half is the L2-normalised mean of the item vectors, each weighted by 2^(-age / half-life).
Scaling belongs to the segment model; here are the raw halves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.core.features import Feature, Floats, Windows, explicit_features

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Profiles:
    """E raw profiles: `explicit (E, n_features) float64` and `semantic (E, d) float32`, unit rows (or zero)."""

    explicit: Floats
    semantic: Vectors


def quantise(vectors: Vectors) -> tuple[NDArray[np.int8], Vectors]:
    """Store `(n, d)` vectors as int8 and one scale a row: `int8 * scale` is within scale / 2 of the original."""
    scale = (np.abs(vectors).max(axis=1, initial=0.0) / 127).astype(np.float32)
    safe = np.where(scale > 0, scale, np.float32(1))
    return np.rint(vectors / safe[:, None]).astype(np.int8), scale


def item_weights(windows: Windows, half_life_ms: int) -> Vectors:
    """(E, N): 2^(-age / half-life); 0 where no item is. An item from the future counts as new."""
    age_ms = np.maximum(windows.now_ms[:, None] - windows.column("time_ms"), 0)
    return np.where(windows.taken, np.exp2(-(age_ms / half_life_ms)), 0.0).astype(np.float32)


def semantic_profiles(windows: Windows, half_life_ms: int) -> Vectors:
    """(E, d) unit rows; a zero row where no item has a vector."""
    weights = item_weights(windows, half_life_ms) * windows.column("scale").astype(np.float32)
    vectors = windows.columns["vector"].astype(np.float32)  # (E, N, d)
    # one small product a window: a row's bits do not depend on the other rows, which one large GEMM would not promise
    mean = np.matmul(weights[:, None, :], vectors)[:, 0, :]
    norm = np.sqrt(np.square(mean).sum(axis=1, keepdims=True))
    return np.asarray(mean / np.where(norm > 0, norm, np.float32(1)), dtype=np.float32)


def profiles(windows: Windows, features: dict[str, Feature], half_life_ms: int) -> Profiles:
    """The raw profiles of E non-empty windows."""
    return Profiles(explicit_features(windows, features), semantic_profiles(windows, half_life_ms))
