"""The state of the figures as pages tell it: one sentence, and the age."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from stream.serve.freshness_words import lag_words, state_sentence
from stream.store.freshness import Freshness, State

STALE = "stale"
STALE_MS = 60_000  # without a broker


class Status(msgspec.Struct, frozen=True):
    """A state of the store, or `stale`. `age_ms` is the age of the figures, None for a file; `lag` is text and number.

    `since_ms` is the wall time at which the state began.
    """

    state: str
    sentence: str
    since_ms: int
    age_ms: int | None
    lag: tuple[str, int]


def status(freshness: Freshness, now_ms: int) -> Status:
    """Return the status; after a minute without a broker the figures are stale."""
    state, sentence = freshness.state.value, state_sentence(freshness)
    if freshness.state is State.RECONNECTING and now_ms - freshness.since_ms >= STALE_MS:
        since = datetime.fromtimestamp(freshness.since_ms / 1000, UTC)
        state, sentence = STALE, f"Stale since {since:%Y-%m-%d %H:%M:%S} UTC. {sentence}"
    age_ms = None if freshness.state is State.FILE else freshness.behind_ms
    return Status(state, sentence, freshness.since_ms, age_ms, (lag_words(freshness), freshness.lag))
