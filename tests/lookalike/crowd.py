"""Profiles of users in groups: the users of one group have alike texts and habits."""

from __future__ import annotations

from base64 import b64encode

import numpy as np

from stream.core.profile import quantise, unit_rows
from stream.wire.profiles import SemanticHalf, UserProfile

DIMENSION = 8
NOW_MS = 1_700_000_000_000


def profile(
    user: str, semantic: list[float], frequency: float = 0.0, time_ms: int = NOW_MS, encoder: str = "e1"
) -> UserProfile:
    """Return a profile with these texts, padded with zeros, and this habit."""
    row = np.zeros((1, DIMENSION), np.float32)
    row[0, : len(semantic)] = semantic
    (numbers,), (scale,) = quantise(unit_rows(row))
    return UserProfile(
        user=user,
        time_ms=time_ms,
        n_items=20,
        mass=20.0,
        explicit={"recency": 0.0, "frequency": frequency},
        semantic=SemanticHalf(b64encode(numbers.tobytes()).decode(), float(scale)),
        segment="s-0001",
        segment_model=1,
        encoder=encoder,
    )


def crowd(n: int, groups: int = 4, seed: int = 0) -> list[UserProfile]:
    """Return `n` profiles; user `u-0001` is in group 1 mod `groups`, with a text direction and a habit of its own."""
    rng = np.random.default_rng(seed)
    found = []
    for at in range(n):
        group = at % groups
        texts = rng.normal(0, 0.15, DIMENSION)
        texts[group] += 1
        found.append(profile(f"u-{at:04}", texts.tolist(), float(group + rng.normal(0, 0.3))))
    return found


def group_of(user: str, groups: int = 4) -> int:
    """Return the group of a user of `crowd`."""
    return int(user[2:]) % groups
