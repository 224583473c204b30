"""Profiles on `user-profiles`, made up."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping

import numpy as np

from stream.core.arrays import Floats
from stream.core.profile import quantise
from stream.wire.profiles import SemanticHalf, UserProfile

EXPLICIT = {
    "recency": 0.0, "frequency": 1.0, "amount_mean": 1.5, "amount_max": 2.0, "burst": 0.5, "hour_sin": 0.0,
    "hour_cos": 0.0, "weekend_share": 0.3, "share_purchase": 1.0,
}  # fmt: skip


def profile(
    user: str, time_ms: int, semantic: Floats, explicit: Mapping[str, float] | None = None, n_items: int = 32
) -> UserProfile:
    """Return a record of items of equal weight; `semantic (d,)` is brought to length 1."""
    (numbers,), (scale,) = quantise((semantic / np.linalg.norm(semantic))[None, :].astype(np.float32))
    half = SemanticHalf(b64encode(numbers.tobytes()).decode(), float(scale))
    return UserProfile(
        user, time_ms, n_items, float(n_items), EXPLICIT | dict(explicit or {}), half, "s-0001", 1, "tiny"
    )
