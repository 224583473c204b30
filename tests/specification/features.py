"""Explicit features of a batch of windows, by the names of `stream.core.features.registry`.

Each function reads `Windows` (E windows of at most N items) and returns `(E,) float64`. Windows must not be empty.
A feature is a pure function of the window, so it is exact after expiry, late arrivals and a crash.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import tau
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats, Ints
from stream.core.policy import DAY_MS, Policy
from tests.specification.window import Columns

_HOUR_MS = 3_600_000


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


Compute = Callable[[Windows], Floats]


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


def share_of(code: int) -> Compute:
    """Return the function `share of items whose kind has this code`."""

    def share(windows: Windows) -> Floats:
        return _mean_over_items(windows, (windows.column("kind") == code).astype(np.float64))

    return share


def features_of(policy: Policy) -> dict[str, Compute]:
    """Return the function of every explicit feature by name: general ones, then a share for each kind."""
    shares = {f"share_{kind}": share_of(code) for code, kind in enumerate((*policy.kinds, "other"))}
    return {each.__name__: each for each in _GENERAL} | shares


def kind_code(policy: Policy, kind: str) -> int:
    """Return the index of a kind in the shares; kinds outside the policy share the last index, `other`."""
    return policy.kinds.index(kind) if kind in policy.kinds else len(policy.kinds)


def explicit_features(windows: Windows, features: dict[str, Compute]) -> Floats:
    """Return the raw features, (E, n_features) float64."""
    return np.stack([compute(windows) for compute in features.values()], axis=1)


def _hour_angle(windows: Windows) -> Floats:
    return np.asarray((windows.column("time_ms") % DAY_MS) * (tau / DAY_MS), dtype=np.float64)


def _mean_over_items(windows: Windows, values: Floats) -> Floats:
    return np.asarray(np.where(windows.mask, values, 0.0).sum(axis=1) / windows.n)


_GENERAL = (recency, frequency, amount_mean, amount_max, burst, hour_sin, hour_cos, weekend_share)
