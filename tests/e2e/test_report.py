"""`segue report` from a running system equals the report of the same messages without a broker."""

from __future__ import annotations

from pathlib import Path

import pytest
from confluent_kafka import Producer

from stream.kafka.admin import create_topics
from stream.kafka.connection import Connection
from stream.maps.landmark_file import landmark_path, save
from stream.store.follower import TopicFollower
from stream.store.store import open_store
from tests.cli.command_line import run
from tests.e2e.deployment import GROUP
from tests.report.made_store import Made, made_landmarks, made_store, messages


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Users as a replay writes them, with a layout so that nothing is fitted."""
    made = made_store(tmp_path / "replay.store", 40)
    save(made_landmarks(made), landmark_path(made.path))
    return made


@pytest.fixture
def published(made: Made, connection: Connection) -> Connection:
    """The same messages on topics."""
    create_topics(connection, GROUP, 2, 1)
    producer = Producer(connection.confluent())
    for message in messages(made):
        topic = connection.namespace.qualify(message.topic)
        producer.produce(topic, message.value, message.key, headers=[*message.headers])
    producer.flush(60)
    return connection


def report(folder: Path, connection: Connection, *arguments: str) -> bytes:
    environment = {
        "SEGUE_BOOTSTRAP_SERVERS": connection.bootstrap_servers,
        "SEGUE_TOPIC_PREFIX": connection.topic_prefix,
    }
    done = run(folder, "report", "--layout", "kept.npz", *arguments, env=environment)
    assert done.exit_code == 0, done.output
    return (folder / "report.html").read_bytes()


def test_topics_and_a_replay_of_the_same_messages_give_the_same_report(made: Made, published: Connection) -> None:
    folder = made.path.parent
    landmark_path(made.path).rename(folder / "kept.npz")
    of_replay = report(folder, published, "--store", "replay.store")
    assert report(folder, published) == of_replay
    assert report(folder, published, "--store", "topics.store") == of_replay
    before = open_store(folder / "topics.store").fact("revision")
    assert report(folder, published, "--store", "topics.store") == of_replay  # nothing new to read
    assert open_store(folder / "topics.store").fact("revision") == before


def test_a_store_that_another_process_keeps_is_taken_as_it_is(made: Made, published: Connection) -> None:
    folder = made.path.parent
    landmark_path(made.path).rename(folder / "kept.npz")
    of_topics = report(folder, published, "--store", "topics.store")
    follower = TopicFollower(published, folder / "topics.store")
    follower.start()
    try:
        assert report(folder, published, "--store", "topics.store") == of_topics
    finally:
        follower.stop()


def test_without_topics_the_report_says_what_to_run(tmp_path: Path, connection: Connection) -> None:
    environment = {
        "SEGUE_BOOTSTRAP_SERVERS": connection.bootstrap_servers,
        "SEGUE_TOPIC_PREFIX": connection.topic_prefix,
    }
    done = run(tmp_path, "report", env=environment)
    assert done.exit_code == 1
    assert "run `segue topics create` and `segue worker`" in done.stderr
    assert not (tmp_path / "report.html").exists()
