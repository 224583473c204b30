"""Purchases of one user, and what a shop counts of them anyway: how recent, how many, how much.

A purchase is all events of one time. Windows are the last eighth, half and three halves of a horizon: 1, 4 and 12 weeks
where churn is 8 weeks of silence.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from math import log1p

from stream.core.policy import DAY_MS

PERIODS = ("short", "middle", "long")
SHARES = (0.125, 0.5, 1.5)  # of the horizon
COUNTED = (
    "days_since_purchase",
    "days_known",
    *(f"{kind}_{period}" for period in PERIODS for kind in ("items", "purchases", "spend")),
)

_KEPT = 2_000  # purchases of a user: years


@dataclass(slots=True)
class Spending:
    """A user's purchases by time: `(time, items, amount)` each."""

    purchases: list[tuple[int, int, float]] = field(default_factory=list)

    def add(self, time_ms: int, amount: float) -> None:
        """Count an event, at any place in time."""
        at = self._at(time_ms)
        if at < len(self.purchases) and self.purchases[at][0] == time_ms:
            _, n_items, before = self.purchases[at]
            self.purchases[at] = time_ms, n_items + 1, before + amount
        else:
            insort(self.purchases, (time_ms, 1, amount))
            del self.purchases[:-_KEPT]

    def between(self, start_ms: float, end_ms: float) -> tuple[int, int, float]:
        """Return items, purchases and amount in `[start_ms, end_ms)`."""
        found = self.purchases[self._at(start_ms) : self._at(end_ms)]
        return sum(each[1] for each in found), len(found), sum(each[2] for each in found)

    def last_before(self, time_ms: int) -> int | None:
        """Return the time of the last purchase before `time_ms`."""
        at = self._at(time_ms)
        return self.purchases[at - 1][0] if at else None

    def counted(self, now_ms: int, horizon_ms: int) -> list[float]:
        """Return the logarithm of 1 + each of COUNTED, from before `now_ms`; there must be a purchase before it.

        A first purchase longer ago than the last window counts as that long ago: else the feature would tell the time.
        """
        last_ms, first_ms = self.last_before(now_ms) or now_ms, self.purchases[0][0]
        known_ms = min(now_ms - first_ms, SHARES[-1] * horizon_ms)
        found: list[float] = [(now_ms - last_ms) / DAY_MS, known_ms / DAY_MS]
        for share in SHARES:
            found += self.between(now_ms - share * horizon_ms, now_ms)
        return [log1p(max(each, 0.0)) for each in found]

    def _at(self, time_ms: float) -> int:
        return bisect_left(self.purchases, time_ms, key=lambda purchase: purchase[0])
