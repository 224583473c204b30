"""Explicit features of groups and users: plausible raw values, in the order and units of the registry.

A theme has a mean, a user a constant difference from it, and every day some noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats
from stream.core.features import registry
from stream.core.policy import Policy

NAMES = tuple(registry(Policy()))

# the bounds of the means of themes
_RANGES: dict[str, tuple[float, float]] = {
    "recency": (0.0, 0.6),  # log(1 + days)
    "frequency": (0.3, 1.5),  # log(1 + items a day)
    "amount_mean": (0.7, 2.2),  # log(1 + amount)
    "amount_max": (1.5, 3.5),  # log(1 + amount)
    "burst": (0.1, 0.7),
    "hour_sin": (-0.8, 0.2),
    "hour_cos": (-0.9, 0.1),
    "weekend_share": (0.1, 0.5),
    "share_view": (0.0, 0.6),
    "share_search": (0.0, 0.4),
    "share_post": (0.0, 0.2),
    "share_purchase": (0.2, 0.9),
    "share_other": (0.0, 0.1),
}
_USER = 0.3  # standard deviation of users around their theme, in parts of a range
_TODAY = 0.08  # and of days around a user
_N_SHARES = sum(name.startswith("share_") for name in NAMES)
_LOW, _HIGH = np.array([_RANGES[name] for name in NAMES]).T
_LEAST = np.array([-1.0 if name.startswith("hour_") else 0.0 for name in NAMES])
_MOST = np.array([np.inf if name.startswith(("recency", "frequency", "amount")) else 1.0 for name in NAMES])


@dataclass(frozen=True)
class Traits:
    """Means `of_themes (n_themes, n_features)`, and differences `of_users (n_users, n_features)`."""

    of_themes: Floats
    of_users: Floats

    def draw(self, themes: NDArray[np.int8], users: NDArray[np.int64], rng: np.random.Generator) -> Floats:
        """Draw `(n, n_features)` raw features of users with items of `themes (n, N)`, -1 for an empty slot."""
        held = themes >= 0
        means = (self.of_themes[themes] * held[:, :, None]).sum(axis=1) / held.sum(axis=1, keepdims=True)
        noise = rng.normal(0, _TODAY, means.shape) * (_HIGH - _LOW)
        return _possible(means + self.of_users[users] + noise)


def draw_traits(n_themes: int, n_users: int, rng: np.random.Generator) -> Traits:
    """Draw the traits of themes and users."""
    of_themes = rng.uniform(_LOW, _HIGH, (n_themes, len(NAMES)))
    return Traits(of_themes, rng.normal(0, _USER, (n_users, len(NAMES))) * (_HIGH - _LOW))


def _possible(raw: Floats) -> Floats:
    """Clip features to their bounds, and scale the shares of kinds to the sum 1."""
    bounded = np.clip(raw, _LEAST, _MOST)
    shares = bounded[:, -_N_SHARES:]
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1e-9)
    return bounded
