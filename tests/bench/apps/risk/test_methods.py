"""Every method sees a user who is ten deviations away, and says so by a higher score."""

from __future__ import annotations

import numpy as np
import pytest

from bench.apps.risk.features import is_fraud
from bench.apps.risk.methods import methods
from bench.apps.risk.stream import TEST_MS
from tests.bench.apps.risk.watched_stream import watched


@pytest.mark.parametrize("name", methods())
def test_fraud_has_higher_scores_than_most_other_rows(name: str) -> None:
    streams = [watched(1), watched(2)]
    scores = methods()[name](streams)[1]
    assert len(scores) == len(streams[1].user)
    late = streams[1].time_ms >= TEST_MS
    first_days = np.flatnonzero(is_fraud(streams[1]))[:3]
    others = scores[late & ~is_fraud(streams[1])]
    assert np.median(scores[first_days]) > np.quantile(others, 0.9)
