"""From scores to alarms, the same for all methods: one threshold for an accepted rate, and a quiet week after an alarm.

The threshold comes from clean users between CALIBRATE_MS and TEST_MS: households that the methods were fitted on
earlier, and validation households. Outcomes are those of test households after TEST_MS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from apps.methods.alarm_budget import WEEK_MS, threshold_at
from bench.apps.risk.cases import Case
from bench.apps.risk.stream import CALIBRATE_MS, END_MS, TEST_MS
from bench.apps.risk.watched import Watched
from stream.core.arrays import Floats
from stream.core.policy import DAY_MS

ACCEPTED = 1 / 1000  # false alarms a user and day
_MINUTE_MS = 60_000


@dataclass(frozen=True)
class Outcome:
    """A case, and the delay of its first alarm; NaN without one in time."""

    case: Case
    delay_events: float
    delay_minutes: float

    @property
    def is_found(self) -> bool:
        """Flag of a case with an alarm in time."""
        return not np.isnan(self.delay_events)


@dataclass(frozen=True)
class Judgement:
    """Outcomes of all cases, and of each user the false alarms and the days on which they could have been."""

    outcomes: list[Outcome]
    false_alarms: Floats
    days: Floats


def threshold(streams: Sequence[Watched], scores: Sequence[Floats], judged_are_clean: Sequence[bool]) -> float:
    """Return the threshold from the weeks of clean users in each stream: of all users, or of the other buckets only."""
    largest, n_user_weeks = list[float](), 0.0
    for stream, of_rows, all_users in zip(streams, scores, judged_are_clean, strict=True):
        is_calm = np.array([all_users or user in stream.clean for user in stream.users])
        first_ms = np.array([stream.purchases_ms[user][0] for user in stream.users])
        n_user_weeks += (np.maximum(TEST_MS - np.maximum(first_ms, CALIBRATE_MS), 0) * is_calm).sum() / WEEK_MS
        rows = (stream.time_ms >= CALIBRATE_MS) & (stream.time_ms < TEST_MS) & is_calm[stream.user]
        weeks = stream.user[rows] * 10_000 + stream.time_ms[rows] // WEEK_MS
        by_week = np.lexsort((of_rows[rows], weeks))
        is_last = np.append(np.diff(weeks[by_week]) > 0, True)
        largest += of_rows[rows][by_week][is_last].tolist()
    return threshold_at(largest, n_user_weeks, ACCEPTED)


def alarms(stream: Watched, scores: Floats, at: float) -> list[int]:
    """Return the rows with alarms from TEST_MS on, at most one a week for each user."""
    quiet_until_ms = dict[int, int]()
    found = []
    for row in np.flatnonzero((scores >= at) & (stream.time_ms >= TEST_MS)).tolist():
        user, time_ms = int(stream.user[row]), int(stream.time_ms[row])
        if time_ms >= quiet_until_ms.get(user, 0):
            quiet_until_ms[user] = time_ms + WEEK_MS
            found.append(row)
    return found


def judge(stream: Watched, rows: Sequence[int]) -> Judgement:
    """Judge alarms: those of a case in its time, and as false those of users without a case, or before it."""
    at_ms: dict[str, list[int]] = {user: [] for user in stream.users}
    for row in rows:
        at_ms[stream.users[stream.user[row]]].append(int(stream.time_ms[row]))
    begins_ms = {case.user: case.start_ms for case in stream.cases}
    outcomes = [_outcome(case, at_ms.get(case.user, []), stream.purchases_ms[case.user]) for case in stream.cases]
    judged = [user for user in stream.users if user not in stream.clean]
    ends_ms = [begins_ms.get(user, END_MS) for user in judged]
    false = [sum(alarm < end_ms for alarm in at_ms[user]) for user, end_ms in zip(judged, ends_ms, strict=True)]
    starts_ms = [max(stream.purchases_ms[user][0], TEST_MS) for user in judged]
    days = [max(end_ms - start_ms, 0) / DAY_MS for start_ms, end_ms in zip(starts_ms, ends_ms, strict=True)]
    return Judgement(outcomes, np.array(false, float), np.array(days))


def _outcome(case: Case, alarms_ms: Sequence[int], purchases_ms: Sequence[int]) -> Outcome:
    in_time = [alarm_ms for alarm_ms in alarms_ms if case.start_ms <= alarm_ms < case.end_ms]
    if not in_time:
        return Outcome(case, np.nan, np.nan)
    n_events = sum(case.start_ms <= time_ms <= in_time[0] for time_ms in purchases_ms)
    return Outcome(case, n_events, (in_time[0] - case.start_ms) / _MINUTE_MS)
