"""Outcomes worked by hand, moments that never look ahead, and an erased user."""

from __future__ import annotations

import numpy as np

from apps.methods.customers import N_MOMENTS, Customers
from stream.core.policy import DAY_MS
from tests.apps.shop import profile

SILENT_MS, VALUE_MS = 8 * DAY_MS, 4 * DAY_MS


def customers(days: dict[str, list[int]], amount: float = 1.0) -> Customers:
    made = Customers(SILENT_MS, VALUE_MS)
    for user, each in days.items():
        for day in each:
            made.add(user, day * DAY_MS, amount)
    return made


def test_churn_is_no_purchase_in_the_time_after_the_moment() -> None:
    """Days: 0 ── 10 (moment) ── 18 (end); a purchase at the moment counts as after it."""
    made = customers({"ann": [1, 10], "bob": [1, 18], "cat": [1, 17], "dan": [1]})
    assert made.churned(["ann", "bob", "cat", "dan"], 10 * DAY_MS).tolist() == [False, True, False, True]


def test_active_users_have_bought_in_one_and_a_half_horizons_before_the_moment() -> None:
    made = customers({"ann": [8], "bob": [7], "cat": [20]})
    assert made.active(20 * DAY_MS) == ["ann"]


def test_the_top_tenth_of_active_users_by_later_spend_is_of_value() -> None:
    made = customers({str(user): [1] for user in range(20)})
    for user in range(20):
        made.add(str(user), 3 * DAY_MS, float(user))
        made.add(str(19 - user), 9 * DAY_MS, 1_000.0 * user)  # too late to count
    users = [str(user) for user in range(20)]
    assert np.flatnonzero(made.valuable(users, 2 * DAY_MS)).tolist() == [18, 19]


def test_only_outcomes_that_are_over_are_learned_and_only_from_allowed_users() -> None:
    days = {str(user): [0, 2, 4, 6, 8] if user % 2 else [0, 2, 4, 6, 8, 12, 14] for user in range(100)}
    made = customers(days)
    for day in (6, 8, 10, 12):
        made.keep(day * DAY_MS)
    assert made.learn(17 * DAY_MS).churn is None, "moment 10 is over at day 18; before it everybody stayed"
    forecast = made.learn(18 * DAY_MS)
    assert forecast.churn is not None
    assert made.learn(18 * DAY_MS, lambda user: int(user) % 2 == 0).churn is None


def test_a_start_learns_from_moments_before_it_by_purchases_alone() -> None:
    days = {str(user): [0, 2, 4] if user % 2 else list(range(0, 20, 2)) for user in range(100)}
    made = customers(days)
    for user in days:
        made.profiles[user] = profile(user)
    made.keep(20 * DAY_MS)
    forecast = made.learn(20 * DAY_MS)
    assert forecast.churn is not None
    rows = made.rows(["1", "2"], 20 * DAY_MS, forecast.columns)
    bare = rows.copy()
    bare[:, 11:] = np.nan
    assert forecast.churn.chances(rows).tolist() == forecast.churn.chances(bare).tolist(), "no moment had profiles"


def test_a_moment_has_the_profiles_of_its_time() -> None:
    made = customers({"ann": [1]})
    made.profiles["ann"] = profile("ann", share=0.25)
    columns = customers({}).learn(0).columns
    made.keep(10 * DAY_MS)
    made.profiles["ann"] = profile("ann", share=0.75)
    columns = made.learn(10 * DAY_MS).columns
    share = columns.names.index("profile_share_coupon")
    assert made.rows(["ann"], 10 * DAY_MS, columns)[0, share] == 0.25
    assert made.rows(["ann"], 11 * DAY_MS, columns)[0, share] == 0.75


def test_moments_come_in_steps_and_old_ones_go() -> None:
    made = customers({"ann": [0]})
    assert made.is_due(0)
    for number in range(2 * N_MOMENTS):
        made.keep(number * made.step_ms)
    assert not made.is_due(2 * N_MOMENTS * made.step_ms - 1 - made.step_ms)
    assert made.is_due(2 * N_MOMENTS * made.step_ms)
    assert len(made._kept) == N_MOMENTS


def test_an_erased_user_is_in_no_moment() -> None:
    made = customers({"ann": [1], "bob": [1]})
    for day in (2, 4):
        made.profiles |= {user: profile(user) for user in ("ann", "bob")}
        made.keep(day * DAY_MS)
    made.forget("ann")
    assert "ann" not in repr(vars(made))
    assert "bob" in repr(vars(made))
