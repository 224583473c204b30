"""How long topics keep what others still need."""

from __future__ import annotations

from math import ceil

from stream.core.policy import DAY_MS, Policy
from stream.training.values.policy import TrainingPolicy
from stream.wire.topics import PROFILE_SAMPLE, SEGMENT_MODEL, TOPICS, USER_EVENTS

CONFIG = {topic.name: topic.config for topic in TOPICS}


def test_the_samples_of_forty_people_are_kept_until_they_suffice_for_a_warm_up() -> None:
    periods = ceil(TrainingPolicy().warm_up_samples / 40)
    assert periods * Policy().sample_every_ms <= int(CONFIG[PROFILE_SAMPLE]["retention.ms"])
    assert int(CONFIG[PROFILE_SAMPLE]["segment.ms"]) == DAY_MS  # what is kept longest


def test_people_pass_to_a_model_by_the_clock_that_their_events_have() -> None:
    stamped = {name for name, config in CONFIG.items() if config.get("message.timestamp.type") == "LogAppendTime"}
    assert stamped == {USER_EVENTS, SEGMENT_MODEL}
