"""The table on planted households: who is judged, by what was known, and the method that must win."""

from __future__ import annotations

import numpy as np
import pytest

from apps.methods.customers import Customers
from bench.apps.relationship.methods import SEGUE
from bench.apps.relationship.rows import FOLDS, Row, table
from stream.core.policy import DAY_MS
from tests.apps.shop import profile

N_USERS, N_DAYS, STEP = 150, 72, 4
SILENT_MS = 8 * DAY_MS
DAYS = range(12, N_DAYS - 8, STEP)


def planted() -> Customers:
    """Households that buy each day and sometimes pause for nine; the profile before a pause says motor oil, else milk.

    Only the profile tells of a pause: purchases do not.
    """
    made, rng = Customers(SILENT_MS, SILENT_MS), np.random.default_rng(0)
    pauses = rng.random((N_USERS, N_DAYS)) < 0.1
    for user in range(N_USERS):
        paused = {day + after for day in DAYS if pauses[user, day] for after in range(9)}
        for day in set(range(N_DAYS)) - paused:
            made.add(str(user), day * DAY_MS, float(rng.integers(1, 50)))
    for day in DAYS:
        for user in range(N_USERS):
            text = "motor oil" if pauses[user, day] else "milk"
            made.profiles[str(user)] = profile(str(user), text, time_ms=day * DAY_MS - 1)
        made.keep(day * DAY_MS)
    return made


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """The table, judged at the last two moments."""
    times_ms = [day * DAY_MS for day in DAYS]
    return list(table(planted(), 32, times_ms, lambda length_ms: times_ms[-2:]))


def value(text: str) -> float:
    return float(text.partition(" ")[0])


def row(rows: list[Row], method: str, households: str = "all, cross-fitted", outcome: str = "churn") -> Row:
    (found,) = [each for each in rows if (each.outcome, each.households, each.method) == (outcome, households, method)]
    return found


def test_what_only_the_profile_knows_is_found_by_the_application_and_not_by_boosting(rows: list[Row]) -> None:
    boosting, segue = row(rows, "boosting on explicit features"), row(rows, SEGUE)
    assert value(segue.auc) > 0.9 > 0.7 > value(boosting.auc)
    assert value(segue.above_boosting) == pytest.approx(value(segue.auc) - value(boosting.auc), abs=2e-4)
    assert boosting.above_boosting == ""


def test_a_segment_that_all_are_in_tells_nothing(rows: list[Row]) -> None:
    assert value(row(rows, "segment id").auc) == pytest.approx(0.5, abs=0.1)


def test_the_test_households_are_a_part_of_all(rows: list[Row]) -> None:
    n_test, n_all = (
        [int(each) for each in row(rows, SEGUE, households).share.split(" of ")]
        for households in ("test", "all, cross-fitted")
    )
    assert 0 < n_test[0] < n_all[0]
    assert 0 < n_test[1] < n_all[1]


def test_every_household_is_in_one_fold() -> None:
    assert sorted(bucket for fold in FOLDS for bucket in fold) == list(range(10))
