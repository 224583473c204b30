"""From signals to alarms at an accepted rate, learned from the stream itself: fraud is rare, so most is ordinary.

Each signal is counted in units of its own tail: peaks over threshold with an exponential tail (Pickands 1975). A score
of 3 is thus as rare in one signal as in another, and the largest signal of a user decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import numpy as np

from stream.core.arrays import Floats
from stream.core.policy import DAY_MS

WEEK_MS = 7 * DAY_MS
WEEKS = 6  # that the budget remembers
WEEKS_MIN = 2  # before the first alarm
_TAIL = 0.1  # share of the users' weeks that are the tail of a signal
_PEAKS_MIN = 5
NOTHING = -np.inf  # value of a signal that says nothing


def threshold_at(scores: Sequence[float] | Floats, n_user_weeks: float, per_user_day: float) -> float:
    """Return the score that `per_user_day` users reach a day, at most once a week each.

    `scores` are the largest of each user and week; other user weeks have none. Ties go to fewer alarms.
    """
    accepted = int(n_user_weeks * 7 * per_user_day)
    ordered = np.sort(np.asarray(scores))[::-1]
    return float(np.nextafter(ordered[accepted], np.inf)) if accepted < len(ordered) else NOTHING


class AlarmBudget:
    """A budget of alarms: the largest signals of each user and week, their tails, and the threshold that follows."""

    def __init__(self, n_signals: int, per_user_day: float) -> None:
        self.threshold, self._per_user_day = np.inf, per_user_day
        self.is_learning = True  # False: threshold and tails stay
        self._weeks: dict[int, dict[str, Floats]] = {}  # by number: partitions may be read one after another
        self._from, self._mean_excess = np.full(n_signals, np.inf), np.ones(n_signals)  # a tail must be known first

    def take(self, user: str, values: Floats, time_ms: int) -> None:
        """Take the signals `(n_signals,)` of a user; NOTHING where one says nothing. A new week fits anew."""
        week, newest = time_ms // WEEK_MS, max(self._weeks, default=0)
        if not self.is_learning or week < newest - WEEKS:
            return
        if week > newest:
            self._weeks = {number: users for number, users in self._weeks.items() if number >= week - WEEKS}
            self._weeks[week] = {}
            self.fit()
        users = self._weeks.setdefault(week, {})
        users[user] = np.maximum(users[user], values) if user in users else values.copy()

    def excesses(self, values: Floats) -> Floats:
        """Return signals `(…, n_signals)` in units of their tails; ordinary values are below 0, and never alarm."""
        return np.asarray((values - self._from) / self._mean_excess)

    def forget(self, user: str) -> None:
        """Drop a user."""
        for users in self._weeks.values():
            users.pop(user, None)

    def fit(self) -> None:
        """Fit tails and threshold to the weeks that are over: all but the newest."""
        weeks = [self._weeks[number] for number in sorted(self._weeks)[:-1]]
        if not any(weeks):
            return
        values = np.stack([largest for users in weeks for largest in users.values()])
        for at, signal in enumerate(values.T):
            known = signal[np.isfinite(signal)]
            if len(known) * _TAIL >= _PEAKS_MIN:
                self._from[at] = np.quantile(known, 1 - _TAIL)
                excess = np.median(known[known >= self._from[at]] - self._from[at])  # few frauds do not move a median
                self._mean_excess[at] = max(excess / log(2), 1e-9)
        if len(weeks) >= WEEKS_MIN:
            n_user_weeks = len(set().union(*weeks)) * len(weeks)
            scores = self.excesses(values).max(axis=1)
            self.threshold = max(threshold_at(scores, n_user_weeks, self._per_user_day), 0.0)
