"""Topics are configured so that retention and timestamps meet the needs of their readers."""

from __future__ import annotations

from math import ceil

from stream.core.policy import DAY_MS, Policy
from stream.training.values.policy import TrainingPolicy
from stream.wire.topics import PROFILE_SAMPLE, SEGMENT_MODEL, TOPICS, USER_EVENTS

CONFIG = {topic.name: topic.config for topic in TOPICS}


def test_retention_lets_forty_users_complete_a_warm_up() -> None:
    periods = ceil(TrainingPolicy().warm_up_samples / 40)
    assert periods * Policy().sample_every_ms <= int(CONFIG[PROFILE_SAMPLE]["retention.ms"])
    assert (
        int(CONFIG[PROFILE_SAMPLE]["segment.ms"]) == DAY_MS
    )  # a record outlives its retention by one of these at most


def test_events_and_models_have_the_same_clock() -> None:
    stamped = {name for name, config in CONFIG.items() if config.get("message.timestamp.type") == "LogAppendTime"}
    assert stamped == {USER_EVENTS, SEGMENT_MODEL}
