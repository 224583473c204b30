"""`segue topics` where topics exist already, made by another tool or for another number of workers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from stream.kafka.admin import check_topics, create_topics
from stream.kafka.broker_errors import TopicsError
from stream.kafka.connection import Connection
from stream.wire.topics import TOPICS

N_OTHERS = len(TOPICS) - 1 + 3  # two changelogs, and the letters that were sent again

Verb = Callable[..., tuple[int, str]]


@pytest.fixture
def segue(connection: Connection) -> Verb:
    """Run a verb; the exit code, and all that it printed."""
    settings = {
        "SEGUE_BOOTSTRAP_SERVERS": connection.bootstrap_servers,
        "SEGUE_TOPIC_PREFIX": connection.topic_prefix,
    }

    def run(*words: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "stream.cli.main", *words]
        ended = subprocess.run(
            command, env=os.environ | settings, capture_output=True, text=True, timeout=120, check=False
        )
        return ended.returncode, ended.stdout + ended.stderr

    return run


def make(connection: Connection, topic: str, n_partitions: int, **config: str) -> None:
    """Make a topic as another tool does."""
    name = connection.namespace.qualify(topic)
    new = NewTopic(name, n_partitions, 1, config={key.replace("_", "."): value for key, value in config.items()})
    admin = AdminClient({"bootstrap.servers": connection.bootstrap_servers})  # its requests end with it
    admin.create_topics([new])[name].result(60)


def test_the_other_topics_get_as_many_partitions_as_the_events_have(connection: Connection, segue: Verb) -> None:
    make(connection, "user-events", 6)
    assert segue("topics", "create")[0] == 0
    told: list[str] = []
    assert check_topics(connection, "segue", told.append).n_partitions == 6
    assert [line.split(" has ")[1].split(":")[0] for line in told] == ["message.timestamp.type=CreateTime"]


def test_another_number_than_the_existing_one_is_refused_before_anything_is_made(
    connection: Connection, segue: Verb
) -> None:
    make(connection, "user-events", 2)
    code, said = segue("topics", "create", "--partitions", "4")
    assert code == 1
    assert "user-events has 2 partitions, not 4" in said
    assert "`segue topics grow --partitions 4`" in said
    assert segue("topics", "describe")[1].count(" 0\n") == N_OTHERS, "no other topic was made"


def test_topics_that_disagree_are_marked_and_a_worker_refuses_with_the_remedy(
    connection: Connection, segue: Verb
) -> None:
    make(connection, "segment-changes", 6)
    make(connection, "user-events", 2, message_timestamp_type="LogAppendTime")
    code, said = segue("topics", "create")
    assert code == 1
    assert "segment-changes has 6 partitions" in said
    assert "`segue topics grow --partitions 6`" in said
    marked = [line for line in segue("topics", "describe")[1].splitlines() if " ! " in line]
    assert len(marked) == 1
    assert "segment-changes" in marked[0]


def test_a_changelog_that_forgets_is_refused(connection: Connection) -> None:
    make(connection, "segue-state-changelog", 2)
    create_topics(connection, "segue", 2, 1)
    with pytest.raises(TopicsError, match=r"segue-state-changelog has cleanup.policy=delete: .* set cleanup.policy=c"):
        check_topics(connection, "segue", print)
