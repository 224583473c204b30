"""Audiences are those of the tables, within the universe and after the moment; counts are of before it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bench.apps.lookalike.audiences import BUYERS, COUNTED_MS, DECLARED, REDEEMERS, Shop
from stream.core.policy import DAY_MS

AT_MS = 100 * DAY_MS
USERS = tuple(f"{user}" for user in range(20))


def made(rows: list[tuple[str, int, str]]) -> Shop:
    """A shop with these purchases: user, days after the moment, category."""
    purchases = pd.DataFrame(rows, columns=["user", "time_ms", "category"])
    purchases = purchases.assign(
        time_ms=AT_MS + purchases.time_ms * DAY_MS, category=purchases.category.astype("category")
    )
    redeemed = pd.DataFrame({"user": ["1", "2", "3"], "time_ms": [AT_MS - 1, AT_MS, AT_MS + 91 * DAY_MS]})
    declared = pd.DataFrame(
        {"user": ["4", "5"], "age": ["65+", "45-54"], "income": "", "kids_count": "", "household_comp": ""}
    )
    return Shop(purchases, redeemed, declared)


def test_an_audience_has_only_what_happened_afterwards_in_time() -> None:
    shop = made(
        [("1", 0, "tea"), ("2", 29, "tea"), ("3", 30, "tea"), ("4", -1, "tea"), ("99", 1, "tea"), ("5", 1, "rare")]
    )
    found = {each.name: each for each in shop.audiences(USERS, AT_MS, 5)}
    expected = {"tea": (BUYERS, "12", USERS), "coupons": (REDEEMERS, "2", USERS), "age 65+": (DECLARED, "4", "45")}
    for name, (kind, members, universe) in expected.items():
        each = found[name]
        assert (each.kind, each.members, each.universe) == (kind, frozenset(members), frozenset(universe))
    assert [each.kind for each in shop.audiences(USERS, AT_MS, 0)].count(BUYERS) == 0


def test_counts_are_of_the_weeks_before_with_rows_of_length_one() -> None:
    days = COUNTED_MS // DAY_MS
    shop = made([("1", -1, "tea"), ("1", -1, "tea"), ("1", -days, "rice"), ("1", -days - 1, "jam"), ("1", 0, "jam")])
    row = shop.counts(USERS, AT_MS).toarray()[1]
    tea, rice = np.log1p(2), np.log1p(1)
    expected = {"tea": tea, "rice": rice, "jam": 0.0}
    names = shop.purchases.category.cat.categories
    length = np.hypot(tea, rice)
    assert dict(zip(names, row.tolist(), strict=True)) == pytest.approx({k: v / length for k, v in expected.items()})


def test_the_last_purchases_of_a_user_are_counted_whenever_they_were() -> None:
    shop = made([("1", -900, "tea"), ("1", -800, "rice"), ("1", -700, "rice"), ("2", -1, "tea"), ("1", 1, "jam")])
    row = shop.counts(USERS, AT_MS, n_last=2).toarray()[1]
    assert dict(zip(shop.purchases.category.cat.categories, row.tolist(), strict=True)) == {
        "tea": 0,
        "rice": 1,
        "jam": 0,
    }
