"""Four signals of users who are not who they were, from `user-profiles` alone.

Everything compares a user with the user's own past, a slowly moving mean of earlier profiles, except for the ring,
which has no past. How much people ordinarily differ from their past is learned from all users.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import log1p
from typing import NamedTuple

import numpy as np

from apps.methods.alarm_budget import NOTHING
from apps.methods.spread import Spread
from apps.methods.twins import MASS_MIN, Twins
from stream.core.arrays import Floats, Vectors
from stream.core.policy import DAY_MS
from stream.wire.profiles import UserProfile, arrays_of

ITEMS_MIN = 5  # in a window that says something
PAST_MIN = 40  # profiles of a user's past before the present is compared with it
LONG_MIN = 100  # and before the last weeks are: until then they are most of the past
_SLOW, _LATELY = 0.005, 0.03  # weight of a new profile in the past, and in the last weeks
_TWINS = 2  # one other user may be of the same household
FIT_MIN = 200  # differences for a first estimate
_ONE_IN = 8  # profiles that teach how far people are from their past
_FRESH = log1p(1 / 24)  # recency of a profile with new items: an hour. Others are of timers
_EXPLICIT_FLOOR, _SEMANTIC_FLOOR = 0.05**2, 1e-6  # least variances


class Signal(StrEnum):
    """A signal, by what it says of the user."""

    STRANGER = "unlike the past"  # now
    OTHER_PERSON = "lastingly another"  # in the last weeks
    GROWTH = "growing"
    RING = "like others"


class Observed(NamedTuple):
    """Signals `(4,)` of a profile, what it differs in from the user's past, and the nearest users with their cosines.

    `deviations` are of explicit features, and `likeness` is the cosine of the semantic half with its past.
    """

    values: Floats
    deviations: dict[str, float]
    likeness: float
    twins: list[tuple[str, float]]


@dataclass(slots=True)
class _Past:
    """A past of one user: means of `n` profiles, long and lately."""

    mean: Vectors
    lately: Vectors
    n: int = 0

    def learn(self, profile: Vectors) -> None:
        self.n += 1
        self.lately += max(_LATELY, 1 / self.n) * (profile - self.lately)
        self.mean += max(_SLOW, 1 / self.n) * (profile - self.mean)


class Signals:
    """A memory of all users' pasts, and of how far they ordinarily are from it."""

    def __init__(self) -> None:
        self._pasts: dict[str, _Past] = {}
        self._twins = Twins()
        self._spreads: tuple[Spread, Spread] | None = None
        self._growing: list[int] = []
        self._versions: tuple[str, ...] = ()
        self._day = 0

    def observe(self, record: UserProfile) -> Observed | None:
        """Return the signals of a profile, then learn from it; None for one without new items or with few."""
        names = tuple(record.explicit)
        if record.n_items < ITEMS_MIN or record.explicit["recency"] > _FRESH:
            return None
        explicit, semantic = (half[0] for half in arrays_of([record]))
        profile = np.concatenate([explicit, semantic]).astype(np.float32)
        now, lately = self._spreads_of((record.encoder, *names), len(explicit), len(profile))
        self._fit_daily(record.time_ms)
        past = self._pasts.setdefault(record.user, _Past(profile.copy(), profile.copy()))
        observed = self._observed(record, profile, semantic, past)
        if past.n >= PAST_MIN and past.n % _ONE_IN == 0:
            now.learn(profile - past.mean)
            if past.n >= LONG_MIN:
                lately.learn(past.lately - past.mean)
        past.learn(profile)
        if record.mass >= MASS_MIN:
            self._twins.put(record.user, semantic, record.time_ms)
        return observed

    def forget(self, user: str) -> None:
        """Drop a user."""
        self._pasts.pop(user, None)
        self._twins.forget(user)

    def _observed(self, record: UserProfile, profile: Vectors, semantic: Vectors, past: _Past) -> Observed:
        values, twins = dict[Signal, float](), list[tuple[str, float]]()
        if record.mass >= MASS_MIN:
            twins = self._twins.nearest(record.user, semantic, record.time_ms, _TWINS)
            if len(twins) == _TWINS:
                values[Signal.RING] = twins[-1][1]
        assert self._spreads is not None
        now, lately = self._spreads
        if past.n < PAST_MIN or not now.is_fitted:
            return Observed(_in_order(values), {}, 0.0, twins)
        difference, drift = profile - past.mean, past.lately - past.mean
        values[Signal.STRANGER] = now.distance(difference)
        if past.n >= LONG_MIN and lately.is_fitted:
            values[Signal.OTHER_PERSON] = lately.distance(drift)
            values[Signal.GROWTH] = float((drift / lately.deviations)[self._growing].sum())
        deviations = (difference / now.deviations)[: len(record.explicit)].tolist()
        earlier = past.mean[len(record.explicit) :]
        likeness = float(semantic @ earlier) / max(float(np.linalg.norm(earlier)), 1e-9)
        return Observed(_in_order(values), dict(zip(record.explicit, deviations, strict=True)), likeness, twins)

    def _spreads_of(self, versions: tuple[str, ...], n_explicit: int, size: int) -> tuple[Spread, Spread]:
        """Return the spreads of profiles of this encoder and these features; another encoder begins anew."""
        if self._spreads is None or versions != self._versions:
            floor = np.full(size, _SEMANTIC_FLOOR, np.float32)
            floor[:n_explicit] = _EXPLICIT_FLOOR
            self._spreads, self._versions = (Spread(floor), Spread(floor)), versions
            self._growing = [versions.index(name) - 1 for name in ("frequency", "amount_mean")]
            self._pasts, self._twins = {}, Twins()
        return self._spreads

    def _fit_daily(self, time_ms: int) -> None:
        day = time_ms // DAY_MS
        if self._spreads and day > self._day:
            self._day = day
            for spread in self._spreads:
                if spread.n >= FIT_MIN:
                    spread.fit()


def _in_order(values: dict[Signal, float]) -> Floats:
    return np.array([values.get(signal, NOTHING) for signal in Signal])
