"""Explicit features: a registry of named functions of a batch of windows.

Each reads `Windows` (E windows of at most N items) and returns `(E,) float64`. Windows must not be empty.
A feature is a pure function of the window, so it is exact after expiry, late arrivals and a crash.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import tau
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream.core.policy import DAY_MS, Policy
from stream.core.window import Columns

Floats = NDArray[np.float64]

_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Windows:
    """E windows side by side: `columns (E, N)`, `n (E,)` items in each, evaluated at `now_ms (E,)`."""

    columns: Columns
    n: NDArray[np.int64]
    now_ms: NDArray[np.int64]

    @property
    def taken(self) -> NDArray[np.bool_]:
        """(E, N): which places hold an item."""
        return np.arange(self.columns.shape[1])[None, :] < self.n[:, None]

    def only(self, at: int) -> Windows:
        """Window `at` alone."""
        return Windows(self.columns[at : at + 1], self.n[at : at + 1], self.now_ms[at : at + 1])

    def column(self, name: str) -> NDArray[Any]:
        """(E, N) contiguous copy of a column, zero where no item is."""
        return np.where(self.taken, self.columns[name], np.zeros((), self.columns[name].dtype))


Feature = Callable[[Windows], Floats]


def recency(windows: Windows) -> Floats:
    """log(1 + days since the newest item)."""
    newest = windows.column("time_ms").max(axis=1)
    return np.asarray(np.log1p(np.maximum(windows.now_ms - newest, 0) / DAY_MS))


def frequency(windows: Windows) -> Floats:
    """log(1 + items a day since the oldest item, the first day counted whole)."""
    oldest = windows.columns["time_ms"][:, 0]
    days = np.maximum(windows.now_ms - oldest, DAY_MS) / DAY_MS
    return np.asarray(np.log1p(windows.n / days))


def amount_mean(windows: Windows) -> Floats:
    """Signed log(1 + mean amount), in the events' own unit."""
    mean = windows.column("amount").sum(axis=1) / windows.n
    return np.asarray(np.sign(mean) * np.log1p(np.abs(mean)))


def amount_max(windows: Windows) -> Floats:
    """log(1 + largest amount), in the events' own unit."""
    return np.asarray(np.log1p(np.maximum(windows.column("amount").max(axis=1), 0.0)))


def burst(windows: Windows) -> Floats:
    """Share of the items that fell into the newest item's hour."""
    time_ms = windows.column("time_ms")
    near = windows.taken & (time_ms > time_ms.max(axis=1, keepdims=True) - _HOUR_MS)
    return np.asarray(near.sum(axis=1) / windows.n)


def hour_sin(windows: Windows) -> Floats:
    """Mean sine of the UTC hour of day as an angle."""
    return _mean_over_items(windows, np.sin(_hour_angle(windows)))


def hour_cos(windows: Windows) -> Floats:
    """Mean cosine of the UTC hour of day as an angle."""
    return _mean_over_items(windows, np.cos(_hour_angle(windows)))


def weekend_share(windows: Windows) -> Floats:
    """Share of items on a UTC Saturday or Sunday."""
    weekday = (windows.column("time_ms") // DAY_MS + 3) % 7  # 1970-01-01 was a Thursday, 3 from Monday
    return _mean_over_items(windows, (weekday >= 5).astype(np.float64))


def share_of(code: int) -> Feature:
    """The feature `share of items whose kind has this code`."""

    def share(windows: Windows) -> Floats:
        return _mean_over_items(windows, (windows.column("kind") == code).astype(np.float64))

    return share


def _hour_angle(windows: Windows) -> Floats:
    return np.asarray((windows.column("time_ms") % DAY_MS) * (tau / DAY_MS), dtype=np.float64)


def _mean_over_items(windows: Windows, values: Floats) -> Floats:
    return np.asarray(np.where(windows.taken, values, 0.0).sum(axis=1) / windows.n)


GENERAL: dict[str, Feature] = {
    "recency": recency,
    "frequency": frequency,
    "amount_mean": amount_mean,
    "amount_max": amount_max,
    "burst": burst,
    "hour_sin": hour_sin,
    "hour_cos": hour_cos,
    "weekend_share": weekend_share,
}


def registry(policy: Policy) -> dict[str, Feature]:
    """Every explicit feature by name, in the order of the profile: the general ones, then a share for each kind."""
    shares = {f"share_{kind}": share_of(code) for code, kind in enumerate((*policy.kinds, "other"))}
    return GENERAL | shares


def kind_code(policy: Policy, kind: str) -> int:
    """Index of a kind in the shares; kinds the policy does not name share the last one, `other`."""
    return policy.kinds.index(kind) if kind in policy.kinds else len(policy.kinds)


def explicit_features(windows: Windows, features: dict[str, Feature]) -> Floats:
    """(E, n_features) float64, unscaled."""
    return np.stack([feature(windows) for feature in features.values()], axis=1)
