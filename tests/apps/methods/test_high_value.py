"""Users of high value, and segments that spend less."""

from __future__ import annotations

import pytest

from apps.methods.customers import Customers, Forecast
from apps.methods.high_value import HighValue, high_value
from stream.core.policy import DAY_MS
from tests.apps.shop import profile


def test_without_a_forecast_the_tenth_that_spent_most_is_of_high_value() -> None:
    made = Customers(56 * DAY_MS, 91 * DAY_MS)
    for user in range(20):
        made.add(str(user), DAY_MS, float(user))
        made.profiles[str(user)] = profile(str(user), segment=f"s-{user % 2}")
    before = HighValue({"old": 2 * DAY_MS - made.silent_ms, "still": DAY_MS, "19": DAY_MS})
    found = high_value(made, Forecast(), 2 * DAY_MS, before)
    assert found.users == {"still": DAY_MS, "18": 2 * DAY_MS, "19": 2 * DAY_MS}
    assert found.spend == {"s-0": pytest.approx(9.0), "s-1": pytest.approx(10.0)}


def test_a_loss_is_the_share_that_users_of_the_other_segment_spend_less() -> None:
    found = HighValue({}, {"s-1": 100.0, "s-2": 60.0})
    assert found.loss("s-1", "s-2") == pytest.approx(0.4)
    assert found.loss("s-2", "s-1") == 0.0
    assert found.loss("s-1", "inactive") == 1.0
    assert found.loss("unknown", "inactive") == 0.0


def test_where_nobody_buys_nobody_is_of_high_value() -> None:
    assert high_value(Customers(DAY_MS, DAY_MS), Forecast(), 0, HighValue()) == HighValue()
