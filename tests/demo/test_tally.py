"""The demo's tally, from the records that a worker publishes."""

from __future__ import annotations

import pytest

from stream.core.transition import Rule
from stream.demo.screen import figures
from stream.demo.tally import Tally
from stream.wire.changes import change_message
from tests.core.sentence.builders import changed as change


def changed(rule: Rule, user: str) -> bytes:
    return change_message(change(rule, user=user)).value or b""


def test_a_first_segment_is_a_change_and_no_move() -> None:
    tally = Tally()
    tally.take("segment-changes", changed(Rule.ENTERED, "1"))
    tally.take("segment-changes", changed(Rule.MARGIN_AND_DWELL, "1"))
    assert (tally.n_changes, tally.n_moves) == (2, 1)


def test_moves_replace_first_segments_among_the_latest_changes() -> None:
    tally = Tally()
    for user in range(20):
        tally.take("segment-changes", changed(Rule.ENTERED, str(user)))
    assert [change.user for change in tally.latest] == [str(user) for user in range(8)]
    tally.take("segment-changes", changed(Rule.KNOWN, "move"))
    assert [change.user for change in tally.latest] == [*map(str, range(1, 8)), "move"]


def test_tombstones_and_other_topics_are_ignored() -> None:
    tally = Tally()
    tally.take("user-segments", None)
    tally.take("segment-lineage", b"{}")
    assert tally == Tally()


def test_the_rate_is_over_the_time_between_measurements(monkeypatch: pytest.MonkeyPatch) -> None:
    tally = Tally()
    for second, events in enumerate((0, 100, 300, 600, 1_000)):
        monkeypatch.setattr("stream.demo.tally.monotonic", lambda now=second: float(now))
        tally.measure(events, 7)
    assert tally.events_per_s() == pytest.approx((1_000 - 100) / 3)  # the last 3 seconds
    assert figures(tally) == "1,000 events  300/s  lag 7  0 users  0 moves"
