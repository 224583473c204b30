"""A population: what users of one time bought lately, and how a user compares with them.

Item-kNN and user-kNN are those of Sarwar et al. (2001) and Herlocker et al. (1999), on days with a purchase.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from apps.methods.shoppers import Sheet, Shopper, sheet_of, vector_of
from stream.core.arrays import Floats
from stream.core.policy import DAY_MS

N_CATEGORIES = 500  # the most frequent ones; others are never recommended
N_USERS = 3_000  # that others are compared with: matrices stay small
N_NEIGHBOURS = 200
_SEGMENT_PRIOR = 20.0  # users' worth of the shares of all, in those of a segment
_SMALLEST = 1e-3


@dataclass(frozen=True)
class Population:
    """Users with a purchase in the `horizon_ms` before `time_ms`, and the categories that count."""

    time_ms: int
    horizon_ms: int
    categories: tuple[str, ...]
    sheet: Sheet

    @cached_property
    def index(self) -> dict[str, int]:
        """The column of each category."""
        return {category: column for column, category in enumerate(self.categories)}

    @cached_property
    def lately(self) -> Floats:
        """The purchases within the horizon, (n, n_categories) as 0 or 1."""
        return np.asarray(self.sheet.since_days * DAY_MS <= self.horizon_ms, np.float64)

    @cached_property
    def popularity(self) -> Floats:
        """The share of users who bought a category lately, (n_categories,)."""
        return np.asarray(self.lately.mean(axis=0))

    @cached_property
    def bought_together(self) -> Floats:
        """The cosines of categories over users, (n_categories, n_categories)."""
        columns = unit(np.log1p(self.sheet.days).T)
        return np.asarray(columns @ columns.T)

    @cached_property
    def mean_vector(self) -> Floats:
        """The mean semantic half, (d,)."""
        return np.asarray(self.sheet.semantic.mean(axis=0))

    @cached_property
    def buyers_vectors(self) -> Floats:
        """The direction of the buyers of each category from the mean, (n_categories, d)."""
        return unit(self.lately.T @ self.centred(self.sheet.semantic))

    @cached_property
    def segment_shares(self) -> dict[str, Floats]:
        """The share of users who bought a category lately, by segment; small ones lean on those of all."""
        rows: dict[str, list[int]] = {}
        for row, segment in enumerate(self.sheet.segments):
            rows.setdefault(segment, []).append(row)
        prior = _SEGMENT_PRIOR * self.popularity
        return {name: (self.lately[at].sum(axis=0) + prior) / (len(at) + _SEGMENT_PRIOR) for name, at in rows.items()}

    def centred(self, semantic: Floats) -> Floats:
        """Return unit vectors `(n, d)` from the mean; zero for users without a profile."""
        known = np.abs(semantic).sum(axis=1, keepdims=True) > 0
        return np.where(known, unit(semantic - self.mean_vector), 0.0)

    def neighbours_bought(self, cosines: Floats, users: tuple[str, ...]) -> Floats:
        """Return the shares of categories among the nearest by `cosines (m, n)`, weighted by the squared cosine.

        A user is no neighbour of itself.
        """
        rows = {user: row for row, user in enumerate(self.sheet.users)}
        for row, user in enumerate(users):
            if user in rows:
                cosines[row, rows[user]] = 0.0
        n = min(N_NEIGHBOURS, cosines.shape[1])
        nearest = np.argpartition(-cosines, n - 1, axis=1)[:, :n]
        weights = np.maximum(np.take_along_axis(cosines, nearest, axis=1), 0.0) ** 2
        sums = np.stack([each @ self.lately[at] for each, at in zip(weights, nearest, strict=True)])
        return np.asarray((sums + _SMALLEST * self.popularity) / (weights.sum(axis=1, keepdims=True) + _SMALLEST))

    def bought_since(self, shoppers: Mapping[str, Shopper], users: Sequence[str]) -> Floats:
        """Return what users bought in the horizon after `time_ms`, (n, n_categories) as 0 or 1."""
        found = np.zeros((len(users), len(self.categories)))
        for row, user in enumerate(users):
            for time_ms, category in shoppers[user].purchases:
                column = self.index.get(category)
                if column is not None and 0 < time_ms - self.time_ms <= self.horizon_ms:
                    found[row, column] = 1.0
        return found

    def of_purchases_alone(self) -> Population:
        """Return the population without what Segue says of its users."""
        return replace(self, sheet=self.sheet.of_purchases_alone())

    def without(self, user: str) -> Population | None:
        """Return the population without a user; None if there is no other."""
        if user not in self.sheet.users:
            return self
        kept = [row for row, name in enumerate(self.sheet.users) if name != user]
        return replace(self, sheet=self.sheet.rows(kept)) if kept else None

    def sheet_of(self, shoppers: Mapping[str, Shopper], now_ms: int) -> Sheet:
        """Return users of any time in the columns of this population."""
        return sheet_of(shoppers, self.index, len(self.mean_vector), now_ms)


def population_of(shoppers: Mapping[str, Shopper], now_ms: int, horizon_ms: int) -> Population | None:
    """Return the population at `now_ms`, of the users who bought last; None without any purchase in the horizon."""
    newest = {user: each.last_until(now_ms) for user, each in shoppers.items()}
    lately = [user for user, time_ms in newest.items() if time_ms > now_ms - horizon_ms]
    chosen = {user: shoppers[user] for user in sorted(lately, key=lambda user: -newest[user])[:N_USERS]}
    if not chosen:
        return None
    counts = Counter(
        category
        for each in chosen.values()
        for category in {category for time_ms, category in each.purchases if time_ms <= now_ms}
    )
    categories = tuple(sorted(category for category, _ in counts.most_common(N_CATEGORIES)))
    dimensions = Counter(len(vector_of(each.semantic)) for each in chosen.values() if each.semantic)
    dimension = dimensions.most_common(1)[0][0] if dimensions else 0  # another encoder may just be taking over
    index = {category: column for column, category in enumerate(categories)}
    return Population(now_ms, horizon_ms, categories, sheet_of(chosen, index, dimension, now_ms))


def unit(rows: Floats) -> Floats:
    """Return the rows at length 1; a zero row stays zero."""
    lengths = np.sqrt(np.square(rows).sum(axis=1, keepdims=True))
    return np.asarray(rows / np.where(lengths > 0, lengths, 1.0))
