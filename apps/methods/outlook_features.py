"""Knowledge of users at one moment, a row each: what they bought, and the profiles published then and before.

Profiles have moved on by the time that an outcome is known, so a moment holds those of its time. A user without one
has NaN in its columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import expm1, log1p, nan

import numpy as np

from apps.methods.spending import COUNTED, Spending
from stream.core.arrays import Floats
from stream.core.policy import DAY_MS
from stream.wire.profiles import UserProfile, arrays_of

Profiles = Mapping[str, UserProfile]

NOW = "profile_"  # before the name of an explicit feature
BEFORE = ("before_", "long_before_")  # the same of the earlier profiles
ITEMS, LIKENESS = "items", "likeness"  # in the window; cosine of the semantic half with the newest one


@dataclass(frozen=True)
class Moment:
    """A time, the newest profiles of users then, and those of earlier times, one for each of BEFORE."""

    time_ms: int
    profiles: Profiles
    before: tuple[tuple[int, Profiles], ...]


@dataclass(frozen=True)
class Columns:
    """A layout of rows: `names` that people can read, then the `dimension` semantic columns.

    Profiles of another encoder, or of other features, do not compare: they count as missing.
    """

    explicit: tuple[str, ...] = ()
    encoder: str = ""
    dimension: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns before the semantic ones."""
        if not self.explicit:
            return COUNTED
        profile = (*self.explicit, ITEMS)
        earlier = (*profile, LIKENESS)
        return *COUNTED, *(NOW + name for name in profile), *(when + name for when in BEFORE for name in earlier)

    def fits(self, profile: UserProfile | None) -> bool:
        """Return True if the profile has these features, in this encoder's space."""
        return profile is not None and (tuple(profile.explicit), profile.encoder) == (self.explicit, self.encoder)


def columns_of(profile: UserProfile | None) -> Columns:
    """Return the layout for users with such a profile."""
    if profile is None:
        return Columns()
    return Columns(tuple(profile.explicit), profile.encoder, arrays_of([profile])[1].shape[1])


def rows_of(
    users: Sequence[str], spending: Mapping[str, Spending], moment: Moment, columns: Columns, horizon_ms: int
) -> Floats:
    """Return `(n, n_names + dimension)` of users with a purchase before the moment."""
    counted = [spending[user].counted(moment.time_ms, horizon_ms) for user in users]
    parts = [np.array(counted, np.float64).reshape(len(users), len(COUNTED))]
    if columns.explicit:
        explicit, semantic = _halves(users, moment.profiles, columns, moment.time_ms)
        parts.append(explicit)
        for time_ms, profiles in moment.before:
            earlier, direction = _halves(users, profiles, columns, time_ms)
            parts += [earlier, (direction * semantic).sum(axis=1, keepdims=True)]
        parts.append(semantic)
    return np.concatenate(parts, axis=1)


def _halves(users: Sequence[str], profiles: Profiles, columns: Columns, now_ms: int) -> tuple[Floats, Floats]:
    """Return the explicit halves with the number of items, and the semantic halves; NaN without a profile."""
    explicit = np.full((len(users), len(columns.explicit) + 1), nan)
    semantic = np.full((len(users), columns.dimension), nan)
    known = [row for row, user in enumerate(users) if columns.fits(profiles.get(user))]
    if known:
        found = [profiles[users[row]] for row in known]
        explicit[known] = [_aged(profile, now_ms) for profile in found]
        semantic[known] = arrays_of(found)[1]
    return explicit, semantic


def _aged(profile: UserProfile, now_ms: int) -> list[float]:
    """Return the explicit half as of `now_ms`: recency grows with the age of the record."""
    days = max(now_ms - profile.time_ms, 0) / DAY_MS
    aged = profile.explicit
    if "recency" in aged:
        aged = {**aged, "recency": log1p(expm1(aged["recency"]) + days)}
    return [*aged.values(), log1p(profile.n_items)]
