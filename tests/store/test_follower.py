"""What a follower says of its store, without a broker; `tests/e2e/test_store.py` has one."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from stream.kafka.connection import Connection
from stream.store.follower import COMPLETE, TopicFollower
from stream.store.freshness import Freshness, State
from stream.store.rows.renewal import TOPICS_READ
from stream.store.session import Progress
from stream.store.store import open_store
from tests.e2e.waiting import eventually

NOBODY = Connection("127.0.0.1:9")


def told(tmp_path: Path, *reports: Progress) -> Freshness:
    """The freshness after these reports of a session."""
    follower = TopicFollower(NOBODY, tmp_path / "store.db")
    for progress in reports:
        follower._tell(progress)
    freshness = follower.freshness()
    follower.stop()
    return freshness


@pytest.mark.parametrize(
    ("progress", "state", "reason"),
    [
        (Progress(lag=3), State.CATCHING_UP, "3 records are still to be read"),
        (Progress(lag=0), State.LIVE, ""),
        (Progress(lag=0, missing=TOPICS_READ), State.NO_TOPICS, "segue topics create"),
        (Progress(lag=0, missing=("segments",)), State.LIVE, "there is no segments yet"),
        (Progress(lag=3, unanswered="no Kafka broker answers"), State.RECONNECTING, "no Kafka broker answers"),
    ],
)
def test_a_report_becomes_a_state_with_a_sentence(
    tmp_path: Path, progress: Progress, state: State, reason: str
) -> None:
    freshness = told(tmp_path, progress)
    assert (freshness.state, freshness.lag) == (state, progress.lag)
    assert reason in freshness.reason
    assert bool(reason) == bool(freshness.reason)


def test_the_age_counts_from_when_everything_was_there(tmp_path: Path) -> None:
    complete_ms = 1_000
    freshness = told(tmp_path, Progress(lag=0, complete_ms=1 << 42), Progress(lag=9, complete_ms=complete_ms))
    assert freshness.behind_ms == 0  # never back
    with closing(open_store(tmp_path / "store.db")) as store:
        assert store.fact(COMPLETE) == str(1 << 42)  # for the next process


def test_a_follower_without_a_broker_says_so_and_stops(tmp_path: Path) -> None:
    follower = TopicFollower(NOBODY, tmp_path / "store.db")
    assert follower.freshness().state == State.CATCHING_UP
    assert "SEGUE_BOOTSTRAP_SERVERS" in follower.freshness().reason
    follower.start()
    eventually(lambda: follower.freshness().state == State.RECONNECTING, "the broker is missed")
    assert "127.0.0.1:9" in follower.freshness().reason
    follower.stop()
    TopicFollower(NOBODY, tmp_path / "store.db").stop()  # the file is free again
