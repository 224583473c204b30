"""Planted groups of users: raw profiles around a few centres."""

from __future__ import annotations

import numpy as np

from stream.core.profile import Profiles, unit_rows
from stream.core.scaler import Scaler
from stream.core.segment_model import SegmentModel
from tests.core.builders import plain_scaler

N_FEATURES, DIMENSION = 4, 12


def groups(n: int, n_groups: int = 5, seed: int = 0) -> tuple[Profiles, list[str]]:
    """Return `n` profiles in groups of equal size, and the group of each."""
    rng = np.random.default_rng(seed)
    texts, features = np.random.default_rng(99).normal(size=(2, n_groups, DIMENSION))  # centres are the same always
    group = np.arange(n) % n_groups
    semantic = unit_rows((texts[group] + 0.4 * rng.normal(size=(n, DIMENSION))).astype(np.float32))
    explicit = features[group, :N_FEATURES] + 0.5 * rng.normal(size=(n, N_FEATURES))
    return Profiles(explicit, semantic, rng.uniform(2, 20, n).astype(np.float32)), [f"s-{g:04d}" for g in group]


def model(encoder: str = "words", scaler: Scaler | None = None) -> SegmentModel:
    """Return a segment model without segments, in the space of the groups."""
    space = scaler or plain_scaler(N_FEATURES, DIMENSION)
    features = tuple(f"feature_{at}" for at in range(N_FEATURES))
    return SegmentModel(1, encoder, features, space, (), np.zeros((0, space.width), np.float32), np.zeros(0), ())
