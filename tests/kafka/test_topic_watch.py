"""The topic watch tells what an operator should know, from looks at topics."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from confluent_kafka import KafkaError, KafkaException

from stream.kafka.connection import Connection
from stream.kafka.topic_watch import TopicWatch
from stream.runtime.watched import Bounds, Finding, FindingKind, TopicSeen

EVENTS, STATE = "user-events", "segue-state-changelog"


def topic(
    name: str = EVENTS, topic_id: str = "a", stable: int = 30, end: int = 30, by_producers: bool = False
) -> TopicSeen:
    return TopicSeen(name, topic_id, 1, {0: Bounds(0, stable, end)}, by_producers)


def watch(is_wall: bool = True) -> TopicWatch:
    return TopicWatch(Connection("127.0.0.1:1"), [EVENTS], [STATE], is_wall)


def kinds(findings: tuple[Finding, ...]) -> list[tuple[FindingKind, str]]:
    return [(finding.kind, finding.topic) for finding in findings]


def looks(*seen: list[TopicSeen], is_wall: bool = True) -> list[tuple[Finding, ...]]:
    """Findings of looks at these topics, ten seconds apart."""
    watched = watch(is_wall)
    return [watched.judge({each.topic: each for each in topics}, 10.0 * at) for at, topics in enumerate(seen)]


WELL = [topic(), topic(STATE)]


def test_nothing_is_told_where_all_is_well() -> None:
    assert looks(WELL, WELL) == [(), ()]


def test_a_missing_topic_is_told() -> None:
    assert kinds(looks([topic()])[0]) == [(FindingKind.MISSING, STATE)]


def test_a_changelog_made_again_is_told_from_then_on() -> None:
    again = [topic(), topic(STATE, "b")]
    assert [kinds(each) for each in looks(WELL, again, again)] == [[], *[[(FindingKind.CHANGELOG_REPLACED, STATE)]] * 2]


def test_an_input_made_again_is_left_to_the_engine() -> None:
    assert looks(WELL, [topic(topic_id="b"), topic(STATE)])[1] == ()


def test_a_transaction_open_at_two_looks_is_told_with_the_records_that_it_holds_back() -> None:
    first, second = [topic(stable=20, end=21), topic(STATE)], [topic(stable=20, end=27), topic(STATE)]
    told = looks(first, second)
    assert told[0] == ()
    assert kinds(told[1]) == [(FindingKind.OPEN_TRANSACTION, EVENTS)]
    assert "[0] holds back 7 records for 10 s" in told[1][0].words


def test_transactions_that_end_are_not_told() -> None:
    assert not any(looks([topic(stable=20, end=21), topic(STATE)], [topic(stable=26, end=27), topic(STATE)], WELL))


@pytest.mark.parametrize(("is_wall", "told"), [(True, [(FindingKind.PRODUCERS_TIMES, EVENTS)]), (False, [])])
def test_producers_times_are_told_where_they_count(is_wall: bool, told: list[tuple[FindingKind, str]]) -> None:
    assert kinds(looks([topic(by_producers=True), topic(STATE)], is_wall=is_wall)[0]) == told


@dataclass
class Cluster:
    """A stand-in for looks at a cluster: each answers the next of `answers`; None for no broker."""

    answers: list[dict[str, TopicSeen] | None] = field(default_factory=list)

    def look(self, _: object) -> dict[str, TopicSeen]:
        answer = self.answers.pop(0)
        if answer is None:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT, "connection refused"))
        return answer


def test_an_absent_broker_is_told_and_what_was_seen_stays() -> None:
    watched = watch()
    watched._topics = Cluster([{EVENTS: topic(), STATE: topic(STATE)}, None])  # type: ignore[assignment]
    assert kinds(watched._findings()) == []
    [finding] = watched._findings()
    assert finding.kind is FindingKind.NO_BROKER
    assert "at 127.0.0.1:1: connection refused" in finding.words
    assert watched.seen(EVENTS) == topic()


def test_a_right_that_was_taken_away_is_not_told_as_an_absent_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(*_: object) -> None:
        raise KafkaException(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED))

    watched = watch()
    monkeypatch.setattr(watched._topics, "look", look)
    [finding] = watched._findings()
    assert "no broker" not in finding.words
    assert "the user has no right to a topic" in finding.words


def test_the_end_of_a_topic_is_remembered_when_another_takes_its_name() -> None:
    watched = watch()
    watched._topics = Cluster([{EVENTS: topic(end=42)}, {}, {EVENTS: topic(topic_id="b")}])  # type: ignore[assignment]
    for _ in range(3):
        watched._findings()
    assert (watched.former_end(EVENTS, "a", 0), watched.former_end(EVENTS, "c", 0)) == (42, 0)
