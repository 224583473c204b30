"""Settings of the transactional engine's consumer that decide when another worker takes over."""

from __future__ import annotations

from stream.engines.transactional.consumer import GroupMember, consumer_settings
from stream.kafka.connection import Connection


def test_a_silent_worker_is_replaced_after_the_set_session_and_not_after_a_default_of_librdkafka() -> None:
    settings = consumer_settings(Connection(), GroupMember("group", "one", 6_000))
    assert settings["session.timeout.ms"] == 6_000
    assert settings["heartbeat.interval.ms"] == 1_200  # Kafka's advice: at least three heartbeats a session
    assert settings["group.instance.id"] == "one"
