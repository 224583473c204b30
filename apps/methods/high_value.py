"""Users of high value, and what the users of each segment spend.

These are the tenth with the best chance of a high spend. Users remain so for a horizon: the chance
of whoever falls silent is soon no longer among the best.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from math import ceil

import numpy as np

from apps.methods.customers import TOP, Customers, Forecast
from apps.methods.spending import COUNTED

_SPEND = COUNTED.index("spend_long")


@dataclass(frozen=True)
class HighValue:
    """Users of high value, each with the time at which it last was among the best, and the mean spend by segment."""

    users: dict[str, int] = field(default_factory=dict)
    spend: dict[str, float] = field(default_factory=dict)

    def loss(self, from_segment: str, to_segment: str) -> float:
        """Return by which share the users of one segment spend less than those of another; 0 if they do not.

        Users of a segment that nobody is in, such as `inactive`, spend nothing.
        """
        before, after = self.spend.get(from_segment, 0.0), self.spend.get(to_segment, 0.0)
        return 1 - after / before if after < before else 0.0


def high_value(customers: Customers, forecast: Forecast, now_ms: int, before: HighValue) -> HighValue:
    """Return the best of the active users and those who were; without a forecast the best are by spend until now."""
    were = {user: time_ms for user, time_ms in before.users.items() if time_ms > now_ms - customers.silent_ms}
    users = customers.active(now_ms)
    if not users:
        return HighValue(were)
    rows = customers.rows(users, now_ms, forecast.columns)
    value = forecast.value.chances(rows) if forecast.value else rows[:, _SPEND]
    best = np.argsort(-value, kind="stable")[: ceil(TOP * len(users))]
    spend: defaultdict[str, list[float]] = defaultdict(list)
    for user, row in zip(users, rows, strict=True):
        if user in customers.profiles:
            spend[customers.profiles[user].segment].append(float(np.expm1(row[_SPEND])))
    mean = {segment: float(np.mean(each)) for segment, each in spend.items()}
    return HighValue(were | {users[at]: now_ms for at in best}, mean)
