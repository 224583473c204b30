"""Alarms, outcomes and false alarms, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bench.apps.risk.alarms import ACCEPTED, alarms, judge, threshold
from bench.apps.risk.stream import CALIBRATE_MS, END_MS, TEST_MS
from stream.core.policy import DAY_MS
from tests.bench.apps.risk.watched_stream import CLEAN, FRAUD, N_USERS, watched


def row_at(user: int, time_ms: int) -> int:
    stream = watched()
    (row,) = np.flatnonzero((stream.user == user) & (stream.time_ms == time_ms))
    return int(row)


def test_a_case_is_found_by_its_first_alarm_in_time() -> None:
    rows = [row_at(3, FRAUD.start_ms + 2 * DAY_MS), row_at(3, FRAUD.start_ms + 9 * DAY_MS)]
    (outcome,) = judge(watched(), rows).outcomes
    assert (outcome.is_found, outcome.delay_events, outcome.delay_minutes) == (True, 5, 2 * 24 * 60)


@pytest.mark.parametrize("time_ms", [FRAUD.start_ms - DAY_MS, FRAUD.end_ms])
def test_an_alarm_before_a_case_or_after_its_time_does_not_find_it(time_ms: int) -> None:
    (outcome,) = judge(watched(), [row_at(3, time_ms)]).outcomes
    assert not outcome.is_found


def test_alarms_before_a_case_and_of_users_without_one_are_false() -> None:
    rows = [row_at(3, FRAUD.start_ms - DAY_MS), row_at(3, FRAUD.start_ms), row_at(0, TEST_MS), row_at(7, TEST_MS)]
    judged = judge(watched(), rows)
    assert judged.false_alarms.tolist() == [1, 0, 0, 1, 0, 0], "users of the other buckets are not judged"
    n_days = (END_MS - TEST_MS) / DAY_MS
    assert judged.days.tolist() == [n_days] * 3 + [3] + [n_days] * 2


def test_a_user_is_quiet_for_a_week_after_an_alarm() -> None:
    stream = watched()
    found = alarms(stream, np.where(stream.user == 3, 1.0, 0.0), 1.0)
    days = [(stream.time_ms[row] - TEST_MS) // DAY_MS for row in found]
    assert days == list(range(0, days[-1] + 1, 7))


@pytest.mark.parametrize(("all_users", "n_users"), [(True, N_USERS), (False, len(CLEAN))])
def test_the_threshold_leaves_the_accepted_weeks_of_clean_users(all_users: bool, n_users: int) -> None:
    streams = [watched(seed) for seed in range(20)]
    scores = [stream.scores for stream in streams]
    at = threshold(streams, scores, [all_users] * len(streams))
    weeks = {
        (which, stream.user[row], stream.time_ms[row] // (7 * DAY_MS))
        for which, stream in enumerate(streams)
        for row in np.flatnonzero((stream.scores >= at) & (stream.time_ms < TEST_MS)).tolist()
        if stream.time_ms[row] >= CALIBRATE_MS and (all_users or stream.users[stream.user[row]] in CLEAN)
    }
    assert len(weeks) == int(len(streams) * n_users * (TEST_MS - CALIBRATE_MS) / DAY_MS * ACCEPTED)
