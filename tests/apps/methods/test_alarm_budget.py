"""Thresholds by hand, and the share of users above them in a simulated stream."""

from __future__ import annotations

import numpy as np
import pytest

from apps.methods.alarm_budget import NOTHING, WEEK_MS, AlarmBudget, threshold_at


def test_the_threshold_leaves_the_accepted_number_of_weeks_above_it() -> None:
    scores = [float(score) for score in range(100)]
    at = threshold_at(scores, n_user_weeks=1000, per_user_day=0.001)  # 7 alarms in 1,000 weeks
    assert sum(score >= at for score in scores) == 7


def test_ties_go_to_fewer_alarms() -> None:
    at = threshold_at([1.0, 5.0, 5.0, 5.0], n_user_weeks=1000, per_user_day=1 / 7000)
    assert sum(score >= at for score in (1.0, 5.0, 5.0, 5.0)) == 0


def test_fewer_scores_than_accepted_alarms_leave_all_of_them() -> None:
    assert threshold_at([1.0], n_user_weeks=1000, per_user_day=0.001) == NOTHING


def budget_of(rng: np.random.Generator, n_weeks: int, n_users: int = 2_000) -> AlarmBudget:
    """Return a budget after weeks of two exponential signals, one ten times the other."""
    budget = AlarmBudget(2, per_user_day=0.001)
    for week in range(1, n_weeks + 1):
        for user, values in enumerate(rng.exponential([1.0, 10.0], (n_users, 2))):
            budget.take(str(user), values, week * WEEK_MS)
    return budget


def test_a_budget_waits_for_two_whole_weeks() -> None:
    rng = np.random.default_rng(1)
    assert np.isinf(budget_of(rng, 2).threshold)
    assert np.isfinite(budget_of(rng, 3).threshold)


def test_the_threshold_is_reached_at_the_accepted_rate() -> None:
    rng = np.random.default_rng(2)
    budget = budget_of(rng, 7)
    scores = budget.excesses(rng.exponential([1.0, 10.0], (100_000, 2))).max(axis=1)
    assert (scores >= budget.threshold).mean() == pytest.approx(0.007, rel=0.3)


def test_signals_of_any_unit_count_alike() -> None:
    budget = budget_of(np.random.default_rng(3), 7)
    assert budget.excesses(np.array([1.0, 10.0])) == pytest.approx(
        budget.excesses(np.array([1.0, 10.0]))[::-1], abs=0.2
    )
    step = budget.excesses(np.array([4.0, 40.0])) - budget.excesses(np.array([3.0, 30.0]))
    assert step == pytest.approx([1, 1], rel=0.1), "a unit is one e-fold of the tail"


def test_a_week_counts_the_largest_of_a_user_and_a_signal_may_say_nothing() -> None:
    budget = AlarmBudget(1, per_user_day=0.001)
    for user in range(200):
        for value in (NOTHING, float(user), 0.0):
            budget.take(str(user), np.array([value]), WEEK_MS)
    for week in (2, 3):
        budget.take("0", np.array([NOTHING]), week * WEEK_MS)
    n_alarms = int(201 * 2 * 0.007 / 2)  # user weeks of two weeks
    assert sum(budget.excesses(np.array([float(user)]))[0] >= budget.threshold for user in range(200)) <= n_alarms + 1
    assert budget.excesses(np.array([199.0]))[0] >= budget.threshold


def test_a_budget_that_does_not_learn_keeps_its_threshold() -> None:
    budget = budget_of(np.random.default_rng(4), 3)
    before = budget.threshold
    budget.is_learning = False
    for week in range(4, 8):
        budget.take("1", np.array([1e6, 1e6]), week * WEEK_MS)
    assert budget.threshold == before


def test_nothing_is_left_of_a_forgotten_user() -> None:
    budget = budget_of(np.random.default_rng(5), 3, n_users=50)
    budget.forget("7")
    assert all("7" not in users for users in budget._weeks.values())


def test_the_past_may_come_user_by_user() -> None:
    rows = np.random.default_rng(6).exponential([1.0, 10.0], (5, 300, 2))
    by_week, by_user = AlarmBudget(2, 0.001), AlarmBudget(2, 0.001)
    for week, user in np.ndindex(5, 300):
        by_week.take(str(user), rows[week, user], (week + 1) * WEEK_MS)
    for user, week in np.ndindex(300, 5):
        by_user.take(str(user), rows[week, user], (week + 1) * WEEK_MS)
    by_user.fit()
    assert np.isfinite(by_week.threshold)
    assert by_user.threshold == by_week.threshold


def test_a_signal_without_a_known_tail_says_nothing() -> None:
    budget = AlarmBudget(2, per_user_day=0.001)
    for week, user in np.ndindex(3, 200):
        budget.take(str(user), np.array([float(user), NOTHING]), (week + 1) * WEEK_MS)
    assert budget.excesses(np.array([NOTHING, 1e9])).max() < budget.threshold
    assert budget.excesses(np.array([1e9, NOTHING])).max() > budget.threshold


def test_an_ordinary_value_never_alarms_whatever_is_accepted() -> None:
    budget = AlarmBudget(1, per_user_day=1.0)
    for week, user in np.ndindex(3, 200):
        budget.take(str(user), np.array([float(user)]), (week + 1) * WEEK_MS)
    assert budget.excesses(np.array([100.0]))[0] < budget.threshold <= budget.excesses(np.array([199.0]))[0]


def test_weeks_before_the_last_six_do_not_count() -> None:
    budget = budget_of(np.random.default_rng(7), 9, n_users=300)
    before = budget.threshold
    for user in range(300):
        budget.take(str(user), np.array([1e6, 1e6]), 2 * WEEK_MS)
    budget.fit()
    assert budget.threshold == before
