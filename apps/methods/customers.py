"""Users with what they bought and what was published of them, now and at earlier moments, to learn outcomes from.

An outcome is known when its time is over: then a forecast learns from the moment's rows and the outcome. For moments
before the start only purchases are known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from apps.methods.outlook import Outlook, learned
from apps.methods.outlook_features import Columns, Moment, columns_of, rows_of
from apps.methods.spending import SHARES, Spending
from stream.core.arrays import Floats
from stream.wire.profiles import UserProfile

STEPS = 4  # moments in a horizon
N_MOMENTS = 26  # that are kept: a year where churn is 8 weeks of silence
TOP = 0.1  # share of users of high value

MayLearnFrom = Callable[[str], bool]


@dataclass(frozen=True)
class Forecast:
    """Learned chances of churn and of high value; None: too few outcomes are known."""

    columns: Columns = field(default_factory=Columns)
    churn: Outlook | None = None
    value: Outlook | None = None


class Customers:
    """Users, their purchases and profiles. Churn is no purchase in `silent_ms`, value the spend in `value_ms`."""

    def __init__(self, silent_ms: int, value_ms: int) -> None:
        self.silent_ms, self.value_ms = silent_ms, value_ms
        self.spending: dict[str, Spending] = {}
        self.profiles: dict[str, UserProfile] = {}
        self._kept: dict[int, dict[str, UserProfile]] = {}

    @property
    def step_ms(self) -> int:
        """Time between two moments."""
        return max(self.silent_ms // STEPS, 1)

    def add(self, user: str, time_ms: int, amount: float) -> None:
        """Count an event of a purchase."""
        self.spending.setdefault(user, Spending()).add(time_ms, amount)

    def is_due(self, now_ms: int) -> bool:
        """Return True if it is time for the next moment."""
        return not self._kept or now_ms >= max(self._kept) + self.step_ms

    def keep(self, now_ms: int) -> None:
        """Keep the profiles of now. The first time, moments before now begin too, without profiles."""
        if not self._kept and self.spending:
            first_ms = min(each.purchases[0][0] for each in self.spending.values())
            back = range(now_ms - N_MOMENTS * self.step_ms, now_ms, self.step_ms)
            self._kept = {each: {} for each in back if each >= first_ms + self.silent_ms // 2}
        self._kept[now_ms] = dict(self.profiles)
        for time_ms in sorted(self._kept)[:-N_MOMENTS]:
            del self._kept[time_ms]

    def active(self, now_ms: int) -> list[str]:
        """Return the users with a purchase in the last one and a half horizons."""
        since_ms = now_ms - SHARES[-1] * self.silent_ms
        last = {user: each.last_before(now_ms) for user, each in self.spending.items()}
        return [user for user, time_ms in last.items() if time_ms is not None and time_ms >= since_ms]

    def rows(self, users: Sequence[str], now_ms: int, columns: Columns) -> Floats:
        """Return what is known of users at a moment that is kept, or now."""
        return rows_of(users, self.spending, self._moment(now_ms), columns, self.silent_ms)

    def churned(self, users: Sequence[str], now_ms: int) -> NDArray[np.bool_]:
        """Return True for each user without a purchase in the horizon after `now_ms`."""
        end_ms = now_ms + self.silent_ms
        return np.array([not self.spending[user].between(now_ms, end_ms)[1] for user in users], bool)

    def valuable(self, users: Sequence[str], now_ms: int) -> NDArray[np.bool_]:
        """Return True for each user whose spend after `now_ms` is in the top tenth of all active users."""

        def spend(each: Sequence[str]) -> Floats:
            return np.array([self.spending[user].between(now_ms, now_ms + self.value_ms)[2] for user in each])

        return np.asarray(spend(users) >= np.quantile(spend(self.active(now_ms)), 1 - TOP))

    def learn(self, now_ms: int, may_learn_from: MayLearnFrom = lambda user: True) -> Forecast:
        """Learn from the moments whose outcomes are known at `now_ms`."""
        columns = columns_of(max(self.profiles.values(), key=lambda each: each.time_ms, default=None))
        outcomes = (self.churned, self.silent_ms), (self.valuable, self.value_ms)
        return Forecast(columns, *(self._learned(*each, now_ms, columns, may_learn_from) for each in outcomes))

    def forget(self, user: str) -> None:
        """Drop everything about a user."""
        self.spending.pop(user, None)
        for profiles in (self.profiles, *self._kept.values()):
            profiles.pop(user, None)

    def _learned(
        self,
        outcome: Callable[[Sequence[str], int], NDArray[np.bool_]],
        length_ms: int,
        now_ms: int,
        columns: Columns,
        may_learn_from: MayLearnFrom,
    ) -> Outlook | None:
        groups: list[str] = []
        rows, known = [], []
        for time_ms in sorted(each for each in self._kept if each + length_ms <= now_ms):
            users = [user for user in self.active(time_ms) if may_learn_from(user)]
            if users:
                groups += users
                rows.append(self.rows(users, time_ms, columns))
                known.append(outcome(users, time_ms))
        return learned(np.concatenate(rows), np.concatenate(known), groups, len(columns.names)) if rows else None

    def profiles_at(self, now_ms: int) -> dict[str, UserProfile]:
        """Return the profiles of a moment that is kept, or those of now."""
        return self._kept.get(now_ms, self.profiles)

    def _moment(self, now_ms: int) -> Moment:
        profiles = self.profiles_at(now_ms)
        return Moment(
            now_ms, profiles, tuple(self._before(now_ms - each) for each in (self.silent_ms // 2, self.silent_ms))
        )

    def _before(self, time_ms: int) -> tuple[int, dict[str, UserProfile]]:
        """Return the newest moment that is kept at or before `time_ms`, and its profiles."""
        found = max((each for each in self._kept if each <= time_ms), default=time_ms)
        return found, self._kept.get(found, {})
