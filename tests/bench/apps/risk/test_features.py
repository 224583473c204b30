"""Features of the baselines against a rescan, and by hand."""

from __future__ import annotations

from dataclasses import replace
from math import log

import numpy as np
import pytest

from apps.methods.risk_signals import PAST_MIN
from bench.apps.risk.features import differences, is_fraud, profiles, segment_surprise
from stream.core.policy import DAY_MS
from tests.bench.apps.risk.watched_stream import FRAUD, watched


def test_a_difference_is_to_the_mean_of_the_users_earlier_profiles() -> None:
    stream = watched()
    own = np.flatnonzero(stream.user == 5)
    found, rows = differences(stream)[own], profiles(stream)[own]
    assert np.isnan(found[:PAST_MIN]).all()
    for at in (PAST_MIN, PAST_MIN + 30):  # while the mean is a plain one
        assert found[at] == pytest.approx(rows[at] - rows[:at].mean(axis=0), abs=1e-4)


def test_surprise_is_minus_log_of_a_changes_frequency_and_halves_in_a_week() -> None:
    stream = watched()
    two = replace(
        stream,
        user=np.zeros(6, int),
        time_ms=np.array([0, 1, 2, 3, 4, 4 + 7 * DAY_MS]),
        segment=np.array(["a", "a", "a", "b", "b", "b"]),
    )
    surprise = segment_surprise(two)
    assert surprise[:3].tolist() == [0, 0, 0]
    assert surprise[3] == pytest.approx(log(4), rel=1e-6)  # three records stayed in a, one left
    assert surprise[5] == pytest.approx(log(4) / 2, rel=1e-6)


def test_rows_of_fraud_are_those_of_its_user_in_its_time() -> None:
    stream = watched()
    expected = (stream.user == 3) & (stream.time_ms >= FRAUD.start_ms) & (stream.time_ms < FRAUD.end_ms)
    assert (is_fraud(stream) == expected).all()
