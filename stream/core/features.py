"""Explicit features: a registry of names in the order of a profile, with words for low and high values.

The kernel computes them (`explicit_features` in profile.c). A feature is a pure function of the window, so it is exact
after expiry, late arrivals and a crash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import inf, log1p
from types import MappingProxyType

from stream.core.policy import Policy

_REMARKABLE = 0.5  # standard deviations from the mean: less would be true of most users
_PLURALS = {"view": "views", "search": "searches", "post": "posts", "purchase": "purchases"}


@dataclass(frozen=True, slots=True)
class Feature:
    """An explicit feature: the words for a low and a high value, and the least difference that matters.

    `low` and `high` are short and in lower case; "" where a direction says nothing. A value is `low` only below
    `low_below`, and `high` only above `high_above`. Like `resolution`, both are in the unit of the raw values.
    """

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


def share_of(kind: str) -> Feature:
    """Return the feature `share of items of this kind`; its words are made of the kind's name."""
    plural = _PLURALS.get(kind, f"{kind} events")
    return Feature(f"few {plural}", f"many {plural}", 0.05, 0.5, 0.1)


# The last two numbers are the raw values below which the low words, and above which the high words, are true.
GENERAL: dict[str, Feature] = {
    # log(1 + days since the newest item)
    "recency": Feature("active recently", "not seen lately", 0.1, log1p(7), log1p(1)),
    # log(1 + items a day since the oldest item), with at least one day
    "frequency": Feature("rarely active", "very active", 0.05),
    # signed log(1 + |mean amount|), in the unit of the events
    "amount_mean": Feature("small amounts", "large amounts", 0.1),
    # log(1 + largest amount); negative amounts count as 0
    "amount_max": Feature("only small amounts", "some large amounts", 0.1),
    # share of items within one hour before the newest item
    "burst": Feature("spread over time", "mostly within one hour", 0.05, 0.5, 0.5),
    # mean sine and cosine of the UTC hour of day as an angle
    "hour_sin": Feature("evenings", "mornings", 0.1, -0.2, 0.2),
    "hour_cos": Feature("middays", "nights", 0.1, -0.2, 0.2),
    # share of items on a UTC Saturday or Sunday
    "weekend_share": Feature("weekdays", "weekends", 0.05, 0.2, 0.5),
}


def registry(policy: Policy) -> Mapping[str, Feature]:
    """Return every explicit feature by name in the order of the profile: general ones, then a share for each kind."""
    return _registry(policy.kinds)


@lru_cache(maxsize=16)
def _registry(kinds: tuple[str, ...]) -> Mapping[str, Feature]:
    return MappingProxyType(GENERAL | {f"share_{kind}": share_of(kind) for kind in (*kinds, "other")})
