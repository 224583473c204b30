"""Settings of the transactional engine's consumer that decide when another worker takes over."""

from __future__ import annotations

import pytest
from confluent_kafka import Consumer

from stream.engines.transactional.consumer import GroupMember, consumer_settings
from stream.kafka.connection import Connection


def test_a_silent_worker_is_replaced_after_the_set_session_and_not_after_a_default_of_librdkafka() -> None:
    settings = consumer_settings(Connection(), GroupMember("group", "one", 6_000))
    assert settings["session.timeout.ms"] == 6_000
    assert settings["heartbeat.interval.ms"] == 1_200  # Kafka's advice: at least three heartbeats a session
    assert settings["group.instance.id"] == "one"


@pytest.mark.parametrize("session_ms", [1_500, 300_000, 300_001, 1_800_000])
def test_every_session_that_the_options_allow_is_accepted_by_the_client(session_ms: int) -> None:
    Consumer(consumer_settings(Connection("127.0.0.1:1"), GroupMember("group", "one", session_ms))).close()
