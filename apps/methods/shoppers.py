"""Purchases of users, and the same as matrices at any time: nothing later than the time is in them.

A category is text. Times are ms since 1970 UTC; a day of purchases is a UTC day.
"""

from __future__ import annotations

from base64 import b64decode
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from stream.core.arrays import Floats, Ints
from stream.core.policy import DAY_MS
from stream.wire.profiles import SemanticHalf

N_PURCHASES = 2_000  # of a user, the newest: a year of a large household
RECENT_DAYS, LASTING_DAYS = 30.0, 120.0  # half-lives of the two decayed counts of days
NEVER_DAYS = 400.0  # since a category that was never bought

_DAYS = 1 << 17  # more than there are from 1970 to 2100: a day and a number below make one number


@dataclass(slots=True)
class Shopper:
    """A user: purchases as (time, category) in any order, and what Segue says of the user now."""

    purchases: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=N_PURCHASES))
    last_ms: int = -1
    segment: str = ""
    semantic: SemanticHalf | None = None
    profile_ms: int | None = None

    def add(self, category: str, time_ms: int) -> None:
        """Keep a purchase."""
        self.purchases.append((time_ms, category))
        self.last_ms = max(self.last_ms, time_ms)

    def last_until(self, now_ms: int) -> int:
        """Return the time of the last purchase until `now_ms`; -1 without one."""
        if self.last_ms <= now_ms:
            return self.last_ms
        return max((time_ms for time_ms, _ in self.purchases if time_ms <= now_ms), default=-1)


@dataclass(frozen=True)
class Sheet:
    """Users as matrices `(n, n_categories)` at one time.

    Each category has its `days` with a purchase, two decayed counts of them, and the days since the last. The totals
    of a user are `(n, 1)`. The semantic half `(n, d)` is zero without a profile.
    """

    users: tuple[str, ...]
    days: Floats
    recent: Floats
    lasting: Floats
    since_days: Floats
    n_purchases: Floats
    n_days: Floats
    segments: tuple[str, ...]
    semantic: Floats

    def rows(self, kept: Sequence[int]) -> Sheet:
        """Return the sheet of some rows."""
        at = list(kept)
        return Sheet(
            users=tuple(self.users[row] for row in at),
            days=self.days[at],
            recent=self.recent[at],
            lasting=self.lasting[at],
            since_days=self.since_days[at],
            n_purchases=self.n_purchases[at],
            n_days=self.n_days[at],
            segments=tuple(self.segments[row] for row in at),
            semantic=self.semantic[at],
        )

    def of_purchases_alone(self) -> Sheet:
        """Return the sheet of users of whom Segue says nothing."""
        return replace(self, segments=("",) * len(self.users), semantic=np.zeros_like(self.semantic))


def sheet_of(shoppers: Mapping[str, Shopper], index: Mapping[str, int], dimension: int, now_ms: int) -> Sheet:
    """Return the users as matrices, with the categories in the columns of `index`; other categories are left out.

    Purchases are those until `now_ms`; segments and semantic halves are the newest.
    """
    shape = (len(shoppers), len(index))
    row, column, time_ms = _until(shoppers, index, now_ms)
    n_purchases = np.bincount(row, minlength=len(shoppers)).astype(np.float64)
    day = time_ms // DAY_MS
    n_days = np.bincount(np.unique(row * _DAYS + day) // _DAYS, minlength=len(shoppers))
    known = column >= 0
    row, column, day, time_ms = row[known], column[known], day[known], time_ms[known]
    _, first = np.unique((row * len(index) + column) * _DAYS + day, return_index=True)
    ages = (now_ms // DAY_MS - day[first]).astype(np.float64)
    days, recent, lasting, since = np.zeros(shape), np.zeros(shape), np.zeros(shape), np.full(shape, NEVER_DAYS)
    where = (row[first], column[first])
    np.add.at(days, where, 1.0)
    np.add.at(recent, where, 0.5 ** (ages / RECENT_DAYS))
    np.add.at(lasting, where, 0.5 ** (ages / LASTING_DAYS))
    np.minimum.at(since, (row, column), (now_ms - time_ms) / DAY_MS)
    segments = tuple(each.segment for each in shoppers.values())
    semantic = _vectors(shoppers, dimension)
    totals = (n_purchases[:, None], n_days.astype(np.float64)[:, None])
    return Sheet(tuple(shoppers), days, recent, lasting, since, *totals, segments, semantic)


def first_words(text: str) -> str:
    """Return the text up to its first comma.

    >>> first_words("Bottled soft drinks, 2 liter")
    'Bottled soft drinks'
    """
    return text.partition(",")[0].strip()


def vector_of(semantic: SemanticHalf | None) -> Floats:
    """Return the semantic half `(d,)`; empty without one."""
    if semantic is None:
        return np.empty(0)
    return np.frombuffer(b64decode(semantic.int8), np.int8) * np.float64(semantic.scale)


def _until(shoppers: Mapping[str, Shopper], index: Mapping[str, int], now_ms: int) -> tuple[Ints, Ints, Ints]:
    """Return row, column (-1: of no column) and time of each purchase until `now_ms`."""
    found = [
        (row, index.get(category, -1), time_ms)
        for row, shopper in enumerate(shoppers.values())
        for time_ms, category in shopper.purchases
        if time_ms <= now_ms
    ]
    row, column, time_ms = np.array(found, np.int64).reshape(-1, 3).T
    return row, column, time_ms


def _vectors(shoppers: Mapping[str, Shopper], dimension: int) -> Floats:
    semantic = np.zeros((len(shoppers), dimension))
    for row, shopper in enumerate(shoppers.values()):
        vector = vector_of(shopper.semantic)
        if len(vector) == dimension:
            semantic[row] = vector
    return semantic
