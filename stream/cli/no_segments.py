"""The reason why a deployment has no segments yet, as far as its topics tell."""

from __future__ import annotations

from collections.abc import Sequence
from time import time

from confluent_kafka import KafkaException

from stream.core.policy import DAY_MS
from stream.kafka.broker_errors import TopicsError
from stream.kafka.connection import Connection
from stream.kafka.reader import reading
from stream.wire.samples import SAMPLE_KEY
from stream.wire.topics import PROFILE_SAMPLE


def why_no_segments(connection: Connection, needed: int) -> str:
    """Return how far the warm-up is; `needed` are the samples of a first model."""
    try:
        with reading(connection, PROFILE_SAMPLE) as reader:
            times_ms = [read.timestamp_ms for read in reader.to_end() if read.key == SAMPLE_KEY]
    except (TopicsError, KafkaException):  # a verb needs no right to the topic
        return f"no segments yet; the samples on {connection.namespace.qualify(PROFILE_SAMPLE)} cannot be read here"
    return f"no segments yet: {progress(times_ms, needed, int(time() * 1000))}"


def progress(times_ms: Sequence[int], needed: int, now_ms: int) -> str:
    """Return the progress of a warm-up with samples of these times, and its end at the rate of the last day."""
    n = len(times_ms)
    have = f"{n:,} samples of the {needed:,} that the first model needs (SEGUE_WARM_UP_SAMPLES)"
    if not n:
        return (
            f"{have}. A worker takes a sample of each user with SEGUE_MIN_ITEMS events, once in SEGUE_SAMPLE_EVERY_MS: "
            "does one run, and does its log say that events are late or refused? `segue backfill` brings in a past"
        )
    if n >= needed:
        return f"{have}, so it comes at once: does a worker run that trains, one without SEGUE_SEGMENT_MODEL?"
    from_ms = max(min(times_ms), now_ms - DAY_MS)
    recent = sum(time_ms >= from_ms for time_ms in times_ms)
    if not recent:
        return f"{have}, and none came within a day: do events come that are not late? The worker's log says"
    days = (needed - n) / recent * (now_ms - from_ms) / DAY_MS
    wait = f"{days:,.1f} days" if days >= 2 else f"{max(days * 24, 0.1):,.1f} hours"
    return f"{have}, {recent:,} of them within a day: at this rate it comes in about {wait}"
