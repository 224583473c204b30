"""An engine goes on in the log that is there, and says what that costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from stream.kafka.broker_errors import TopicsError
from stream.kafka.input_log import InputLog
from stream.runtime.events import EngineEvent, PositionMoved
from stream.runtime.job import Batch, BatchSummary
from stream.runtime.watched import Bounds, Cause, Move, TopicSeen
from stream.wire.state_records import log_put
from stream.wire.topics import changelog

EVENTS, STATE = "user-events", changelog("segue")
JOB: Any = SimpleNamespace(role="segment", input_topic=EVENTS, changelog=STATE)


@dataclass
class Cluster:
    """A stand-in for the topic watch: what it has seen, and what it sees when asked."""

    topics: dict[str, TopicSeen] = field(default_factory=dict)
    n_looks: int = 0

    def has(self, topic_id: str, first: int, end: int, n_partitions: int = 1, stable: int | None = None) -> None:
        bounds = Bounds(first, end if stable is None else stable, end)
        self.topics[EVENTS] = TopicSeen(EVENTS, topic_id, n_partitions, {0: bounds})
        self.topics.setdefault(STATE.name, TopicSeen(STATE.name, "s", 1, {}))
        self.n_looks += 1

    def seen(self, topic: str) -> TopicSeen | None:
        return self.topics.get(topic)

    def look(self, *topics: str) -> dict[str, TopicSeen]:
        return {topic: self.topics[topic] for topic in topics if topic in self.topics}

    def former_end(self, topic: str, topic_id: str, partition: int) -> int:
        return 25


@dataclass
class Fixture:
    """A log on a cluster, and the events it told."""

    cluster: Any = field(default_factory=Cluster)
    events: list[EngineEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.log = InputLog(JOB, self.cluster, self.events.append)
        self.cluster.has("a", first=0, end=30)


def batch(next_offset: int | None = 31) -> Batch[None]:
    return Batch(0, [], [], next_offset, None, BatchSummary(0, None, 0))


def test_without_a_position_reading_begins_at_the_first_record_and_nothing_is_lost() -> None:
    on = Fixture()
    on.cluster.has("a", first=7, end=30)
    assert (on.log.begin(0, None, ""), on.events) == (7, [])


def test_a_position_of_the_same_topic_stays() -> None:
    on = Fixture()
    assert (on.log.begin(0, 12, "a"), on.events) == (12, [])


def test_a_position_of_another_topic_goes_to_the_first_record_and_is_told_with_what_was_lost() -> None:
    on = Fixture()
    assert on.log.begin(0, 20, "gone") == 0
    assert on.events == [PositionMoved("segment", EVENTS, 0, 20, Move(Cause.REPLACED, 0, 5))]


def test_a_topic_that_is_missing_or_without_a_leader_is_asked_for_again() -> None:
    on = Fixture()
    del on.cluster.topics[EVENTS]
    assert on.log.begin(0, 12, "a") is None
    on.cluster.topics[EVENTS] = TopicSeen(EVENTS, "a", 1, {})
    assert on.log.begin(0, 12, "a") is None


def test_a_topic_made_again_is_noticed_and_followed_once() -> None:
    on = Fixture()
    on.log.begin(0, 20, "a")
    assert not on.log.is_replaced()
    on.cluster.has("b", first=0, end=40)
    assert on.log.is_replaced()
    assert on.log.follow(0, 20) == 0
    assert not on.log.is_replaced()


def test_the_id_of_the_topic_goes_into_the_changelog_with_the_first_batch_only() -> None:
    on = Fixture()
    on.log.begin(0, 20, "gone")
    waiting, first, second = batch(None), batch(), batch()
    on.log.stamp([waiting, first])
    on.log.delivered(0)
    on.log.stamp([second])
    assert (waiting.puts, first.puts, second.puts) == ([], [log_put("a")], [])


def test_a_batch_that_was_not_delivered_is_stamped_again() -> None:
    on = Fixture()
    on.log.begin(0, 20, "gone")
    for each in (batch(), batch()):
        on.log.stamp([each])
        assert each.puts == [log_put("a")]


def test_partitions_are_asked_for_again_while_the_cluster_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The question is asked within a rebalance, where an exception would end the worker."""
    with_state = Fixture()
    answers = [KafkaException(KafkaError(KafkaError._TIMED_OUT)), None]

    def look(*topics: str) -> dict[str, TopicSeen]:
        if answer := answers.pop(0):
            raise answer
        return {}

    monkeypatch.setattr(with_state.cluster, "look", look)
    with_state.log.check_partitions(ask=True)
    assert answers == []


def test_lag_counts_records_of_open_transactions_and_nothing_before_the_first_record() -> None:
    on = Fixture()
    on.log.begin(0, 20, "a")
    on.cluster.has("a", first=25, end=33, stable=28)
    assert (on.log.lag(0, 28), on.log.lag(0, 33), on.log.lag(0, 20)) == (5, 0, 8)


def test_lag_is_not_counted_in_the_log_of_another_topic() -> None:
    on = Fixture()
    on.log.begin(0, 20, "a")
    on.cluster.has("b", first=0, end=99)
    assert on.log.lag(0, 20) == 0


def test_a_position_before_the_first_record_is_cut() -> None:
    on = Fixture()
    on.log.begin(0, 20, "a")
    on.cluster.has("a", first=21, end=30)
    assert (on.log.is_cut(0, 20), on.log.is_cut(0, 21)) == (True, False)


def test_a_position_beyond_the_end_is_cut_only_by_looks_that_began_later() -> None:
    on = Fixture()
    on.log.begin(0, 20, "a")
    assert not on.log.is_cut(0, 35), "this look may be older than the position"
    on.cluster.has("a", first=0, end=30)
    assert not on.log.is_cut(0, 35), "this look may have begun before"
    on.cluster.has("a", first=0, end=30)
    assert on.log.is_cut(0, 35)


@pytest.mark.parametrize(
    ("n", "remedy"), [(6, "run `segue topics grow --partitions 6`"), (0, "again with 1 partitions")]
)
def test_partitions_that_disagree_end_the_worker_with_the_remedy(n: int, remedy: str) -> None:
    on = Fixture()
    on.log.check_partitions()
    on.cluster.has("a", first=0, end=30, n_partitions=n)
    with pytest.raises(TopicsError, match=remedy):
        on.log.check_partitions(ask=True)
