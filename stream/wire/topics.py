"""Segue's topics: name without a deployment's prefix, partitions, and configuration."""

from __future__ import annotations

from dataclasses import dataclass, field

USER_EVENTS = "user-events"
DEAD_LETTERS = "user-events.dlq"
SEGMENT_CHANGES = "segment-changes"
USER_SEGMENTS = "user-segments"
USER_PROFILES = "user-profiles"
SEGMENTS = "segments"
SEGMENT_LINEAGE = "segment-lineage"
SEGMENT_PROMOTIONS = "segment-promotions"
SEGMENT_HEALTH = "segment-health"
PROFILE_SAMPLE = "profile-sample"
SEGMENT_MODEL = "segment-model"

_COMPACTED = {"cleanup.policy": "compact"}
_ONE_HOUR_MS = 3_600_000
_ONE_DAY_MS = 24 * _ONE_HOUR_MS
LARGEST_MESSAGE_BYTES = 1_048_588  # Kafka's default `max.message.bytes`
DEAD_LETTER_BYTES_MAX = 16_777_216  # a producer's compression lets messages in that are larger than a topic's limit
PRODUCED_BYTES_MAX = DEAD_LETTER_BYTES_MAX + 1_048_576  # clients count frames in different ways


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic to create; a `wide` one has as many partitions as `user-events`, another has one."""

    name: str
    wide: bool
    config: dict[str, str] = field(default_factory=dict)


TOPICS = (
    Topic(USER_EVENTS, wide=True, config={"message.timestamp.type": "LogAppendTime"}),  # the wall clock
    Topic(DEAD_LETTERS, wide=False, config={"max.message.bytes": str(PRODUCED_BYTES_MAX)}),
    Topic(SEGMENT_CHANGES, wide=True),
    Topic(USER_SEGMENTS, wide=True, config=_COMPACTED),
    Topic(USER_PROFILES, wide=True, config=_COMPACTED),
    Topic(SEGMENTS, wide=False, config=_COMPACTED),
    Topic(SEGMENT_LINEAGE, wide=False),
    Topic(SEGMENT_PROMOTIONS, wide=False),
    Topic(SEGMENT_HEALTH, wide=False),
    # 30 days: with 40 users, each sampled once a day, a warm-up of 1,000 samples takes 25. Segments of a day bound it
    Topic(PROFILE_SAMPLE, wide=False, config={"retention.ms": str(30 * _ONE_DAY_MS), "segment.ms": str(_ONE_DAY_MS)}),
    # the wall clock: a rollout starts when the record that promotes the model reaches the topic
    Topic(SEGMENT_MODEL, wide=False, config=_COMPACTED | {"message.timestamp.type": "LogAppendTime"}),
)


def changelog(group: str) -> Topic:
    """Return the changelog of a group's user states, partitioned as `user-events`."""
    return Topic(f"{group}-state-changelog", wide=True, config=_COMPACTED | {"segment.ms": str(6 * _ONE_HOUR_MS)})


def trainer_changelog(group: str) -> Topic:
    """Return the changelog of a group's trainer."""
    return Topic(f"{group}-trainer-changelog", wide=False, config=_COMPACTED)


def redriven_letters(group: str) -> Topic:
    """Return the topic that remembers which dead letters were sent again."""
    return Topic(f"{group}-redriven-letters", wide=False, config=_COMPACTED)
