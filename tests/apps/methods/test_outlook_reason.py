"""Reasons in words, from the strongest part on."""

from __future__ import annotations

import numpy as np

from apps.methods.outlook import learned
from apps.methods.outlook_reason import reason, words_of
from stream.core.policy import DAY_MS

NAMES = ("days_since_purchase", "days_known", "spend_long", "profile_weekend_share", "before_burst")
COUNTS = ("items_short", "spend_short", "items_long")
HORIZON_MS = 56 * DAY_MS
ROW = np.log1p([30.0, 10.0, 12.5, 0.9, 0.0])


def said(*parts: float, deviations: float = 1.0) -> str:
    return words_of(NAMES, ROW, np.array(parts), np.full(5, deviations), HORIZON_MS)


def test_the_strongest_come_first_and_what_speaks_against_it_is_left_out() -> None:
    assert said(0.2, 0, 0.9, -1, 0, 0) == "spend in the last 12 weeks: 12.50; last purchase 30 days ago"


def test_each_time_is_said_once() -> None:
    parts, row = np.array([0.3, 0.2, 0.1, 0.0]), np.log1p([0.0, 0.0, 4.0])
    words = words_of(COUNTS, row, parts, np.zeros(3), 8 * DAY_MS)
    assert words == "items in the last day: 0; items in the last 12 days: 4"


def test_words_are_said_only_where_they_are_true() -> None:
    assert said(0, 0.5, 0, 0, 0, 0, deviations=-1) == "known for 10 days"
    assert said(0, 0.5, 0, 0, 0, 0) == "nothing speaks for it more than for others"
    assert said(0, 0, 0, 0.5, 0, 0) == "weekends"
    assert said(0, 0, 0, 0, 0.5, 0) == "nothing speaks for it more than for others"


def test_texts_speak_as_one() -> None:
    assert said(0, 0, 0, 0, 0, 0.5) == "buys what users who leave buy"


def test_at_most_three_reasons_are_given() -> None:
    assert len(said(0.5, 0.4, 0.3, 0.2, 0.1, 0.1, deviations=-1).split("; ")) == 3


def test_the_reason_of_a_row_is_what_the_learned_chance_rests_on() -> None:
    rows = np.log1p(np.abs(np.random.default_rng(0).normal(size=(400, 1))) * 10)
    outcomes = rows[:, 0] > np.median(rows)
    churn = learned(rows, outcomes, [str(at) for at in range(400)], 1)
    assert churn is not None
    assert reason(NAMES[:1], np.log1p([90.0]), churn, HORIZON_MS) == "last purchase 90 days ago"
    assert reason(NAMES[:1], np.log1p([0.0]), churn, HORIZON_MS).startswith("nothing")
