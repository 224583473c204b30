"""Every codec of Kafka on the topics: the verbs read what the workers wrote, whichever codec an operator chose."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from stream.kafka.admin import create_topics
from stream.kafka.connection import Connection
from stream.kafka.topic_faults import all_topics
from stream.wire.topics import PROFILE_SAMPLE, SEGMENT_CHANGES
from tests.cli.command_line import run
from tests.e2e.trainer_part import AnsweringTrainer, Publisher, answers, published
from tests.published_records import published_records


def compress(connection: Connection, codec: str) -> None:
    """Let the broker write every topic with this codec, but for the one that the stand-in trainer reads."""
    names = [connection.namespace.qualify(t.name) for t in all_topics("segue") if t.name != PROFILE_SAMPLE]
    with closing(KafkaAdminClient(**connection.kafka_python())) as admin:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, n, {"compression.type": codec}) for n in names])


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_verbs_read_topics_of_every_codec(connection: Connection, tmp_path: Path, codec: str) -> None:
    create_topics(connection, "segue", 1, 1)
    compress(connection, codec)
    publisher = Publisher(connection)
    published(publisher)
    changes = [record for record in published_records() if record.topic == SEGMENT_CHANGES]
    publisher.publish(*changes)
    trainer = AnsweringTrainer(connection, publisher, answers)
    env = {"SEGUE_BOOTSTRAP_SERVERS": connection.bootstrap_servers, "SEGUE_TOPIC_PREFIX": connection.topic_prefix}
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(trainer.run)
        try:
            done = {
                words: run(tmp_path, *words, env=env)
                for words in (
                    ("models", "list"),
                    ("segments", "list"),
                    ("watch", "--from-beginning", "--json", "--limit", str(len(changes))),
                    ("models", "rollback"),
                )
            }
        finally:
            trainer.stop()
            running.result(30)
    assert [each.exit_code for each in done.values()] == [0] * 4, [each.output for each in done.values()]
    listed, segments, watched, answer = (each.stdout for each in done.values())
    assert "serving" in listed
    assert "s-0004  tea" in segments
    assert [line.encode() for line in watched.splitlines()] == [record.value for record in changes]
    assert answer == "model 2 serves again instead of 3\n"
