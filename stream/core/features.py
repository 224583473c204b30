"""Explicit features: a registry of named functions of a batch of windows, with words for low and high values.

Each function reads `Windows` (E windows of at most N items) and returns `(E,) float64`. Windows must not be empty.
A feature is a pure function of the window, so it is exact after expiry, late arrivals and a crash.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, log1p, tau
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats, Ints
from stream.core.policy import DAY_MS, Policy
from stream.core.window import Columns

_HOUR_MS = 3_600_000
_REMARKABLE = 0.5  # standard deviations from the mean: less would be true of most users
_PLURALS = {"view": "views", "search": "searches", "post": "posts", "purchase": "purchases"}


@dataclass(frozen=True, slots=True)
class Windows:
    """A batch of E windows: `columns (E, N)`, `n (E,)` items in each, evaluated at `now_ms (E,)`."""

    columns: Columns
    n: Ints
    now_ms: Ints

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Mask (E, N): True where an item is."""
        return np.arange(self.columns.shape[1])[None, :] < self.n[:, None]

    def row(self, row: int) -> Windows:
        """Return a batch of one window."""
        return Windows(self.columns[row : row + 1], self.n[row : row + 1], self.now_ms[row : row + 1])

    def column(self, name: str) -> NDArray[Any]:
        """Return a contiguous (E, N) copy of a column, zero where no item is."""
        return np.where(self.mask, self.columns[name], np.zeros((), self.columns[name].dtype))


@dataclass(frozen=True, slots=True)
class Feature:
    """An explicit feature: its function, the words for a low and a high value, and the least difference that matters.

    `low` and `high` are short and in lower case; "" where a direction says nothing. A value is `low` only below
    `low_below`, and `high` only above `high_above`. Like `resolution`, both are in the unit of the raw values.
    """

    compute: Callable[[Windows], Floats]
    low: str
    high: str
    resolution: float
    low_below: float = inf
    high_above: float = -inf

    def words(self, value: float, deviations: float) -> str:
        """Return the words for a raw value and its deviations from the population; "" if it is not remarkable.

        >>> GENERAL["weekend_share"].words(0.8, 1.5), GENERAL["weekend_share"].words(0.2, 1.5)
        ('weekends', '')
        """
        if deviations >= _REMARKABLE and value > self.high_above:
            return self.high
        return self.low if deviations <= -_REMARKABLE and value < self.low_below else ""


def recency(windows: Windows) -> Floats:
    """Return log(1 + days since the newest item)."""
    newest = windows.column("time_ms").max(axis=1)
    return np.asarray(np.log1p(np.maximum(windows.now_ms - newest, 0) / DAY_MS))


def frequency(windows: Windows) -> Floats:
    """Return log(1 + items a day since the oldest item), with at least one day."""
    oldest = windows.columns["time_ms"][:, 0]
    days = np.maximum(windows.now_ms - oldest, DAY_MS) / DAY_MS
    return np.asarray(np.log1p(windows.n / days))


def amount_mean(windows: Windows) -> Floats:
    """Return the signed log(1 + |mean amount|), in the unit of the events."""
    mean = windows.column("amount").sum(axis=1) / windows.n
    return np.asarray(np.sign(mean) * np.log1p(np.abs(mean)))


def amount_max(windows: Windows) -> Floats:
    """Return log(1 + largest amount), in the unit of the events; negative amounts count as 0."""
    return np.asarray(np.log1p(np.maximum(windows.column("amount").max(axis=1), 0.0)))


def burst(windows: Windows) -> Floats:
    """Return the share of items within one hour before the newest item."""
    time_ms = windows.column("time_ms")
    near = windows.mask & (time_ms > time_ms.max(axis=1, keepdims=True) - _HOUR_MS)
    return np.asarray(near.sum(axis=1) / windows.n)


def hour_sin(windows: Windows) -> Floats:
    """Return the mean sine of the UTC hour of day as an angle."""
    return _mean_over_items(windows, np.sin(_hour_angle(windows)))


def hour_cos(windows: Windows) -> Floats:
    """Return the mean cosine of the UTC hour of day as an angle."""
    return _mean_over_items(windows, np.cos(_hour_angle(windows)))


def weekend_share(windows: Windows) -> Floats:
    """Return the share of items on a UTC Saturday or Sunday."""
    weekday = (windows.column("time_ms") // DAY_MS + 3) % 7  # 1970-01-01 was a Thursday, 3 from Monday
    return _mean_over_items(windows, (weekday >= 5).astype(np.float64))


def share_of(code: int, kind: str) -> Feature:
    """Return the feature `share of items whose kind has this code`; its words are made of the kind's name."""

    def share(windows: Windows) -> Floats:
        return _mean_over_items(windows, (windows.column("kind") == code).astype(np.float64))

    plural = _PLURALS.get(kind, f"{kind} events")
    return Feature(share, f"few {plural}", f"many {plural}", 0.05, 0.5, 0.1)


def _hour_angle(windows: Windows) -> Floats:
    return np.asarray((windows.column("time_ms") % DAY_MS) * (tau / DAY_MS), dtype=np.float64)


def _mean_over_items(windows: Windows, values: Floats) -> Floats:
    return np.asarray(np.where(windows.mask, values, 0.0).sum(axis=1) / windows.n)


# The last two numbers are the raw values below which the low words, and above which the high words, are true.
GENERAL: dict[str, Feature] = {
    "recency": Feature(recency, "active recently", "not seen lately", 0.1, log1p(7), log1p(1)),
    "frequency": Feature(frequency, "rarely active", "very active", 0.05),
    "amount_mean": Feature(amount_mean, "small amounts", "large amounts", 0.1),
    "amount_max": Feature(amount_max, "only small amounts", "some large amounts", 0.1),
    "burst": Feature(burst, "spread over time", "mostly within one hour", 0.05, 0.5, 0.5),
    "hour_sin": Feature(hour_sin, "evenings", "mornings", 0.1, -0.2, 0.2),
    "hour_cos": Feature(hour_cos, "middays", "nights", 0.1, -0.2, 0.2),
    "weekend_share": Feature(weekend_share, "weekdays", "weekends", 0.05, 0.2, 0.5),
}


def registry(policy: Policy) -> dict[str, Feature]:
    """Return every explicit feature by name in the order of the profile: general ones, then a share for each kind."""
    shares = {f"share_{kind}": share_of(code, kind) for code, kind in enumerate((*policy.kinds, "other"))}
    return GENERAL | shares


def kind_code(policy: Policy, kind: str) -> int:
    """Return the index of a kind in the shares; kinds outside the policy share the last index, `other`."""
    return policy.kinds.index(kind) if kind in policy.kinds else len(policy.kinds)


def explicit_features(windows: Windows, features: dict[str, Feature]) -> Floats:
    """Return the raw features, (E, n_features) float64."""
    return np.stack([feature.compute(windows) for feature in features.values()], axis=1)
