"""The chance that a user redeems a coupon of a campaign, learned from the campaigns that users were sent.

Some numbers of a user are what a shop counts anyway: recency, visits, spend, campaigns received and redeemed. The
profile adds the shares of kinds of event, and its cosine with the campaign's texts. The chance is a logistic regression
of these numbers, standardised. They are few on purpose: few users redeem.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stream.core.arrays import Floats
from stream.core.policy import DAY_MS
from stream.wire.profiles import UserProfile, arrays_of

COUNTED = ("recency", "visits", "spend", "redeemed", "received", "affinity")  # before the shares of kinds
HALF_LIFE_MS = 60 * DAY_MS  # of visits and spend; that of Segue's windows by default
SETTLED_MS = 14 * DAY_MS  # a younger campaign has not had its chance
POSITIVES_MIN = 20  # redemptions before anything is learned
REGULARISATION = 0.1  # scikit-learn's C: strong, since a household in eight redeems

_SHARE = "share_"


@dataclass(slots=True)
class Activity:
    """Counts of one user's events. `visits` and `spend` halve in HALF_LIFE_MS and are as of `last_ms`."""

    last_ms: int = 0
    visits: float = 0.0
    spend: float = 0.0
    received: dict[str, int] = field(default_factory=dict)  # time by campaign
    redeemed: dict[str, int] = field(default_factory=dict)

    def add(self, time_ms: int, amount: float) -> None:
        """Count an event; events of one time are one visit."""
        decay = self._decay(time_ms)
        self.visits = self.visits * decay + (time_ms != self.last_ms)
        self.spend = self.spend * decay + max(amount, 0.0)
        self.last_ms = max(self.last_ms, time_ms)

    def counted(self, now_ms: int) -> tuple[float, ...]:
        """Return the numbers of COUNTED but the affinity, before their logarithm: days, counts and money."""
        decay = self._decay(now_ms)
        days = max(now_ms - self.last_ms, 0) / DAY_MS if self.last_ms else 365.0
        redeemed = sum(time_ms < now_ms for time_ms in self.redeemed.values())
        received = sum(time_ms < now_ms for time_ms in self.received.values())
        return days, self.visits * decay, self.spend * decay, redeemed, received

    def _decay(self, now_ms: int) -> float:
        return float(0.5 ** (max(now_ms - self.last_ms, 0) / HALF_LIFE_MS))


def names_of(profile: UserProfile) -> tuple[str, ...]:
    """Return the names of the features of a user with such a profile."""
    return *COUNTED, *(name for name in profile.explicit if name.startswith(_SHARE))


def features(
    activities: Sequence[Activity], profiles: Sequence[UserProfile], about: Floats | None, now_ms: int
) -> Floats:
    """Return `(n, n_names)` features of users with profiles of one encoder.

    `about (d,)` is the mean vector of the campaign's texts; without one all affinities are 0.
    """
    counted = np.log1p(np.array([activity.counted(now_ms) for activity in activities]))
    semantic = arrays_of(profiles)[1]
    affinity = semantic @ about if about is not None else np.zeros(len(semantic))
    shares = [[p.explicit[name] for name in names_of(p)[len(COUNTED) :]] for p in profiles]
    return np.column_stack([counted, affinity, np.sqrt(np.maximum(np.array(shares), 0.0))])


class Chances:
    """Learned chances: the higher the score, the likelier is a redemption."""

    def __init__(self, rows: Floats, is_redeemed: Sequence[bool]) -> None:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        regression = LogisticRegression(C=REGULARISATION, max_iter=500)
        self._fitted: Any = make_pipeline(StandardScaler(), regression).fit(rows, is_redeemed)

    def scores(self, rows: Floats) -> Floats:
        """Return the chance of each row, `(n,)`."""
        return np.asarray(self._fitted.predict_proba(rows)[:, 1])

    def parts(self, rows: Floats) -> Floats:
        """Return what each feature adds to the log odds of each row, against the mean of all, `(n, n_names)`."""
        scaler, regression = (step for _, step in self._fitted.steps)
        return np.asarray(scaler.transform(rows) * regression.coef_)


class Unlearned:
    """A ranking before anything is learned: by past redemptions and by affinity."""

    def scores(self, rows: Floats) -> Floats:
        """Return the logarithm of past redemptions plus the affinity, `(n,)`."""
        return np.asarray(self.parts(rows).sum(axis=1))

    def parts(self, rows: Floats) -> Floats:
        """Return what each feature adds to the score, `(n, n_names)`."""
        counts = np.isin(np.arange(rows.shape[1]), [COUNTED.index("redeemed"), COUNTED.index("affinity")])
        return np.where(counts, rows, 0.0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A campaign that a user received at `time_ms`, with the features of that moment."""

    campaign: str
    time_ms: int
    features: Floats


def learn(
    outcomes: dict[str, list[Outcome]],
    activities: dict[str, Activity],
    now_ms: int,
    may_learn_from: Callable[[str], bool],
) -> Chances | Unlearned:
    """Learn from the settled campaigns of the users for whom `may_learn_from` is true, as known before `now_ms`."""
    settled = [
        (outcome.features, activities[user].redeemed.get(outcome.campaign, now_ms) < now_ms)
        for user, received in outcomes.items()
        if may_learn_from(user)
        for outcome in received
        if outcome.time_ms <= now_ms - SETTLED_MS
    ]
    if sum(is_redeemed for _, is_redeemed in settled) < POSITIVES_MIN:
        return Unlearned()
    return Chances(np.stack([row for row, _ in settled]), [is_redeemed for _, is_redeemed in settled])
