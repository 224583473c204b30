"""Faults of topics: numbers of partitions that differ, and settings that lose data."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from stream.kafka.topic_faults import FoundTopic, all_topics, faults_of, remedy_of_counts, wide_counts

GROUP = "segue"
ALL = {topic.name: topic for topic in all_topics(GROUP)}


def created(n_partitions: int = 4, **counts: int) -> dict[str, FoundTopic]:
    """Topics as `segue topics create` makes them, some of them with another number of partitions."""
    numbers = {name: counts.get(name.replace("-", "_"), n_partitions if t.wide else 1) for name, t in ALL.items()}
    return {name: FoundTopic(n, ALL[name].config) for name, n in numbers.items()}


def with_config(topic: str, config: Mapping[str, str]) -> dict[str, FoundTopic]:
    return created() | {topic: FoundTopic(created()[topic].n_partitions, config)}


def found(topics: Mapping[str, FoundTopic]) -> list[tuple[str, bool]]:
    return [(fault.topic, fault.fatal) for fault in faults_of(topics, GROUP)]


def test_created_topics_have_no_fault_and_neither_have_missing_ones() -> None:
    assert found(created()) == []
    assert found({}) == []


@pytest.mark.parametrize("topic", ["segment-changes", "user-segments", "segue-state-changelog"])
def test_every_partitioned_topic_must_have_as_many_partitions_as_the_events(topic: str) -> None:
    assert found(created(**{topic.replace("-", "_"): 6})) == [(topic, True)]


def test_all_topics_but_the_events_are_told_when_the_events_have_another_number() -> None:
    assert {topic for topic, _ in found(created(user_events=6))} == {
        "segment-changes",
        "user-segments",
        "user-profiles",
        "segue-state-changelog",
    }


def test_a_topic_with_one_partition_must_have_one() -> None:
    assert found(created(segments=3)) == [("segments", True)]


@pytest.mark.parametrize("topic", ["segue-state-changelog", "segue-trainer-changelog", "segment-model"])
@pytest.mark.parametrize("policy", ["delete", "compact,delete"])
def test_a_state_that_is_deleted_by_time_is_fatal(topic: str, policy: str) -> None:
    assert found(with_config(topic, {"cleanup.policy": policy})) == [(topic, True)]


@pytest.mark.parametrize(
    ("topic", "config"),
    [
        ("user-segments", {"cleanup.policy": "delete"}),
        ("segments", {"cleanup.policy": "compact,delete"}),
        ("user-events", {"cleanup.policy": "compact"}),
        ("profile-sample", {"cleanup.policy": "compact"}),
        ("user-events.dlq", {"max.message.bytes": "1048588"}),
        ("segment-model", {"max.message.bytes": "100000"}),
        ("user-events", {"message.timestamp.type": "CreateTime"}),
        ("segment-model", {"message.timestamp.type": "CreateTime"}),
    ],
)
def test_other_settings_that_lose_data_are_told_and_do_not_stop_a_worker(topic: str, config: dict[str, str]) -> None:
    assert found(with_config(topic, config)) == [(topic, False)]


def test_the_remedy_grows_to_the_widest_and_names_what_may_be_deleted_instead() -> None:
    qualified = {name: f"eu.{name}" for name in ALL}
    narrow = remedy_of_counts(wide_counts(created(user_events=6), GROUP), qualified)
    assert "`segue topics grow --partitions 6`" in narrow
    assert "delete" not in narrow
    wide = remedy_of_counts(wide_counts(created(segment_changes=9), GROUP), qualified)
    assert "`segue topics grow --partitions 9`" in wide
    assert "or delete eu.segment-changes, if no record there is needed" in wide
