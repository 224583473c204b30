"""Cases of fraud, planted into real purchases. All sizes were set before anything was measured.

* *account takeover*: from one moment on, the purchases under an id are those of another household, which is in the
  stream under no other id.
* *card testing*: 12 to 30 small amounts, 20 s apart on average, for up to three products; the user goes on as before.
* *slow bust-out*: over five weeks amounts grow to 2.5 times, and so does the number of baskets (copies of the user's
  own). Then 40 expensive items in two days, at six times the user's mean amount.
* *mule ring*: six ids buy what one household buys, each up to three hours later. They leave out a third of the items,
  and amounts are off by up to a fifth. Three ids are new. The other three are users whose own purchases end there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.random import Generator

from bench.apps.purchase import Purchase
from bench.apps.risk.cases import Case, Kind, Numbers
from bench.apps.risk.edits import GROWTH_MS, at_time, before, by_mean_amount, growth, of_user, scaled
from bench.apps.risk.stream import END_MS, TEST_MS, Histories
from stream.core.policy import DAY_MS

HORIZON_MS = 28 * DAY_MS  # a takeover or a ring must be found within
TEST_HORIZON_MS = DAY_MS  # a card test, after its first amount
SPREE_MS = 2 * DAY_MS
N_SPREE, SPREE_AMOUNT = 40, 6.0
N_TESTS = (12, 30)
TEST_GAP_S = 20.0
TEST_AMOUNT = (0.5, 2.0)
RING_NEW, RING_TAKEN = 3, 3
RING_DELAY_MS = 3 * 3_600_000
RING_SKIPS = 1 / 3
ACTIVE_BEFORE, ACTIVE_AFTER = 40, 20  # purchases that a user needs for a case to be a case


@dataclass(frozen=True)
class Planted:
    """Purchases of all users, with cases among them. Households that lent their purchases are gone."""

    histories: Histories
    cases: list[Case]


def plant(real: Histories, numbers: Numbers, rng: Generator) -> Planted:
    """Return purchases with cases at random moments of `[TEST_MS, END_MS)` among users who are active enough."""
    planter = _Planter(dict(real), rng)
    for at in range(numbers.rings):
        planter.ring(f"ring-{at}")
    for _ in range(numbers.takeovers):
        planter.takeover()
    for _ in range(numbers.bust_outs):
        planter.bust_out()
    for _ in range(numbers.tests):
        planter.testing()
    return Planted(planter.histories, planter.cases)


class _Planter:
    """A state of planting: the histories so far. Every user has a part in at most one case."""

    def __init__(self, histories: Histories, rng: Generator) -> None:
        self.histories, self.rng = histories, rng
        self.cases: list[Case] = []
        self.free = [str(user) for user in rng.permutation(sorted(histories))]
        self.texts = by_mean_amount(histories)

    def takeover(self) -> None:
        start_ms = self._moment(HORIZON_MS)
        user, donor = self._take(start_ms, 0), self._take(start_ms, ACTIVE_AFTER)
        later = [each for each in self.histories.pop(donor) if each.timestamp >= start_ms]
        self.histories[user] = before(self.histories[user], start_ms) + [of_user(user, each) for each in later]
        self._add(Kind.TAKEOVER, user, later[0].timestamp, start_ms + HORIZON_MS, user)

    def testing(self) -> None:
        start_ms = self._moment(TEST_HORIZON_MS)
        user = self._take(start_ms, 0)
        n = int(self.rng.integers(N_TESTS[0], N_TESTS[1] + 1))
        times_ms = start_ms + np.cumsum(self.rng.exponential(TEST_GAP_S * 1000, n)).astype(int)
        cheap = self.rng.choice(self.texts[: len(self.texts) // 10], 3)
        tests = [
            Purchase(user, f"test-{time_ms}-{at}", "purchase", int(time_ms), str(self.rng.choice(cheap)), amount)
            for at, (time_ms, amount) in enumerate(zip(times_ms, self._amounts(*TEST_AMOUNT, n), strict=True))
        ]
        self._extend(user, tests)
        self._add(Kind.TESTING, user, tests[0].timestamp, tests[0].timestamp + TEST_HORIZON_MS, user)

    def bust_out(self) -> None:
        start_ms = self._moment(GROWTH_MS + SPREE_MS)
        user = self._take(start_ms, ACTIVE_AFTER)
        history, end_ms = self.histories[user], start_ms + GROWTH_MS
        grown = [scaled(each, growth(each.timestamp - start_ms)) for each in history if each.timestamp < end_ms]
        baskets = [list(basket) for _, basket in groupby(grown, key=lambda each: each.timestamp)]
        for basket in baskets:
            at_ms = basket[0].timestamp
            if at_ms >= start_ms and self.rng.random() < growth(at_ms - start_ms) - 1:
                shift_ms = int(self.rng.integers(DAY_MS // 2, 2 * DAY_MS))
                grown += [at_time(each, at_ms + shift_ms) for each in basket if at_ms + shift_ms < end_ms]
        mean = float(np.mean([each.amount for each in history if each.timestamp < start_ms]))
        self.histories[user] = sorted(grown, key=lambda each: each.timestamp) + self._spree(user, end_ms, mean)
        self._add(Kind.BUST_OUT, user, start_ms, end_ms + SPREE_MS, user)

    def ring(self, group: str) -> None:
        start_ms = self._moment(HORIZON_MS)
        lender = self._take(start_ms, ACTIVE_AFTER)
        later = [each for each in self.histories.pop(lender) if each.timestamp >= start_ms]
        users = [f"{group}-{at}" for at in range(RING_NEW)]
        users += [self._take(start_ms, 0) for _ in range(RING_TAKEN)]
        for user in users:
            own = before(self.histories.get(user, []), start_ms)
            copies = [of_user(user, each) for each in self._copies(later)]
            if copies:
                self.histories[user] = own + copies
                self._add(Kind.RING, user, copies[0].timestamp, start_ms + HORIZON_MS, group)

    def _copies(self, purchases: Sequence[Purchase]) -> list[Purchase]:
        found = []
        for time_ms, basket in groupby(purchases, key=lambda each: each.timestamp):
            at_ms = time_ms + int(self.rng.integers(RING_DELAY_MS))
            kept = [each for each in basket if self.rng.random() >= RING_SKIPS]
            found += [at_time(scaled(each, float(self.rng.uniform(0.8, 1.2))), at_ms) for each in kept]
        return sorted(found, key=lambda each: each.timestamp)

    def _spree(self, user: str, start_ms: int, mean: float) -> list[Purchase]:
        times_ms = np.sort(start_ms + self.rng.integers(0, SPREE_MS, N_SPREE))
        expensive = self.rng.choice(self.texts[-len(self.texts) // 10 :], N_SPREE)
        amounts = self._amounts(0.5 * mean * SPREE_AMOUNT, 1.5 * mean * SPREE_AMOUNT, N_SPREE)
        rows = enumerate(zip(times_ms.tolist(), expensive.tolist(), amounts, strict=True))
        return [Purchase(user, f"spree-{at}", "purchase", t, text, a) for at, (t, text, a) in rows]

    def _amounts(self, low: float, high: float, n: int) -> list[float]:
        return [round(float(amount), 2) for amount in self.rng.uniform(low, high, n)]

    def _moment(self, room_ms: int) -> int:
        """Return a random time that leaves this much time before END_MS."""
        return int(self.rng.integers(TEST_MS, END_MS - room_ms))

    def _take(self, start_ms: int, n_after: int) -> str:
        """Return a user without a part in a case, with enough purchases before and after a moment."""
        for user in self.free:
            n_before = len(before(self.histories[user], start_ms))
            n_soon = len(before(self.histories[user], start_ms + HORIZON_MS)) - n_before
            if n_before >= ACTIVE_BEFORE and n_soon >= n_after:
                self.free.remove(user)
                return user
        raise ValueError("too few active households for so many cases: plant fewer, or take more households")

    def _extend(self, user: str, purchases: Iterable[Purchase]) -> None:
        self.histories[user] = sorted([*self.histories[user], *purchases], key=lambda each: each.timestamp)

    def _add(self, kind: Kind, user: str, start_ms: int, end_ms: int, group: str) -> None:
        self.cases.append(Case(kind, user, start_ms, end_ms, group))
