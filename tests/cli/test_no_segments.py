"""The reason why there are no segments yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from stream.cli import no_segments, watch
from stream.cli.no_segments import progress, why_no_segments
from stream.core.policy import DAY_MS
from stream.kafka.broker_errors import TopicsError
from stream.kafka.connection import Connection

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


@contextmanager
def refused(*_: object) -> Iterator[None]:
    raise TopicsError("topics are missing")
    yield


def test_a_user_without_a_right_to_the_samples_still_hears_that_there_are_no_segments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(no_segments, "reading", refused)
    found = why_no_segments(Connection(topic_prefix="eu."), 1_000)
    assert found.startswith("no segments yet; ")
    assert "eu.profile-sample" in found


def test_a_user_who_may_read_only_the_changes_can_watch_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def catalogue(_: Connection) -> None:
        raise TopicsError("topics are missing")

    monkeypatch.setattr(watch, "catalogue", catalogue)
    assert watch.hint(Connection(), 1_000) == ""
