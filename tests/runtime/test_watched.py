"""An offset counts only in the log it was written for, and only as far as that log reaches."""

from __future__ import annotations

import pytest

from stream.runtime.watched import Bounds, Cause, Move, TopicSeen, move_to_log

#            deleted │ first 10 ─────── stable 25 ── end 30 │ not there yet
SEEN = TopicSeen("user-events", "id-1", 2, {0: Bounds(first=10, stable=25, end=30)})


@pytest.mark.parametrize("position", [10, 11, 25, 29, 30])
@pytest.mark.parametrize("log_id", ["id-1", ""], ids=["same", "unknown"])
def test_an_offset_within_the_log_stays(position: int, log_id: str) -> None:
    assert move_to_log(position, log_id, SEEN, 0) is None


@pytest.mark.parametrize("position", [0, 4, 20, 999])
def test_an_offset_of_another_topic_goes_to_the_first_record(position: int) -> None:
    assert move_to_log(position, "id-0", SEEN, 0) == Move(Cause.REPLACED, 10, 0)


def test_records_of_a_topic_that_is_gone_count_as_lost_from_the_offset_to_its_last_known_end() -> None:
    assert move_to_log(20, "id-0", SEEN, 0, old_end=27) == Move(Cause.REPLACED, 10, 7)


def test_records_deleted_before_they_were_read_are_counted() -> None:
    assert move_to_log(4, "id-1", SEEN, 0) == Move(Cause.RETENTION, 10, 6)


def test_an_offset_beyond_the_end_goes_to_the_end_and_not_to_the_first_record() -> None:
    assert move_to_log(37, "id-1", SEEN, 0) == Move(Cause.TRUNCATED, 30, 7)
