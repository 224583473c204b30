"""Counts of purchases beside a rescan, in any order of events."""

from __future__ import annotations

from math import expm1, log1p
from random import Random

import pytest

from apps.methods.spending import COUNTED, SHARES, Spending
from stream.core.policy import DAY_MS

HORIZON_MS = 56 * DAY_MS


def test_events_of_one_time_are_one_purchase() -> None:
    spending = Spending()
    for amount in (1.0, 2.5):
        spending.add(5, amount)
    assert spending.between(0, 10) == (2, 1, 3.5)


def test_windows_count_what_a_rescan_counts_in_any_order_of_events() -> None:
    random = Random(0)
    events = [(random.randrange(100) * DAY_MS, random.random()) for _ in range(300)]
    spending, now_ms = Spending(), 90 * DAY_MS
    for each in events:
        spending.add(*each)
    found = dict(zip(COUNTED, map(expm1, spending.counted(now_ms, HORIZON_MS)), strict=True))
    for share, period in zip(SHARES, ("short", "middle", "long"), strict=True):
        wanted = [each for each in events if now_ms - share * HORIZON_MS <= each[0] < now_ms]
        assert found[f"items_{period}"] == pytest.approx(len(wanted))
        assert found[f"purchases_{period}"] == pytest.approx(len({time_ms for time_ms, _ in wanted}))
        assert found[f"spend_{period}"] == pytest.approx(sum(amount for _, amount in wanted))
    assert found["days_since_purchase"] == pytest.approx(90 - max(t for t, _ in events if t < now_ms) / DAY_MS)


def test_a_purchase_at_the_moment_itself_is_not_yet_known() -> None:
    spending = Spending()
    spending.add(DAY_MS, 1.0)
    assert spending.last_before(DAY_MS) is None
    assert spending.last_before(DAY_MS + 1) == DAY_MS
    assert spending.between(DAY_MS, 2 * DAY_MS)[1] == 1


def test_users_known_for_longer_than_the_last_window_are_alike() -> None:
    spending = Spending()
    spending.add(0, 1.0)
    at = COUNTED.index("days_known")
    long_ago = [spending.counted(days * DAY_MS, HORIZON_MS)[at] for days in (10, 84, 300)]
    assert long_ago == [log1p(10), log1p(84), log1p(84)]
