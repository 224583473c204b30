"""The reason why there are no segments yet."""

from __future__ import annotations

import pytest

from stream.cli.no_segments import progress
from stream.core.policy import DAY_MS

NOW_MS = 1_767_225_600_000
HOUR_MS = DAY_MS // 24


@pytest.mark.parametrize(
    ("ages_ms", "told"),
    [
        ([], "does one run, and does its log say that events are late"),
        ([HOUR_MS] * 1_000, "so it comes at once"),
        ([2 * DAY_MS] * 10, "none came within a day"),
        ([2 * DAY_MS] * 600 + [HOUR_MS] * 40, "40 of them within a day: at this rate it comes in about 9.0 days"),
        ([2 * HOUR_MS] * 900 + [HOUR_MS] * 50, "at this rate it comes in about 0.1 hours"),
        ([10 * HOUR_MS] * 100, "at this rate it comes in about 3.8 days"),  # 10 in an hour, and 900 are left: 90 hours
    ],
)
def test_the_wait_follows_from_the_samples_of_the_last_day(ages_ms: list[int], told: str) -> None:
    found = progress([NOW_MS - age_ms for age_ms in ages_ms], 1_000, NOW_MS)
    assert found.startswith(f"{len(ages_ms):,} samples of the 1,000 ")
    assert told in found
