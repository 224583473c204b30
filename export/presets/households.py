"""The histories of The Complete Journey's households, split by bucket."""

from __future__ import annotations

from typing import Any

from export.finetune.history import UserHistory, history_of
from export.finetune.split import UserSplit
from export.presets.completejourney import BEFORE, TEST_BUCKETS, TRAINING_BUCKETS, bucket, demo_events
from stream.core.text.steps import TextStep
from stream.files.product_texts import in_words

N_UNSEEN_BUCKETS = 5  # texts of one bucket in five can be kept out of training


def is_unseen(text: str) -> bool:
    """Return True if training `without_unseen` leaves `text` out."""
    return bucket(text, N_UNSEEN_BUCKETS) == 0


def household_split(step: TextStep, *, without_unseen: bool = False) -> UserSplit:
    """Return the households' histories before BEFORE, split by bucket."""
    events = demo_events(in_words)
    events = events[events.transaction_timestamp < BEFORE]
    if without_unseen:
        events = events[~events.text.map(is_unseen)]
    history = history_of(_rows(events), {}, step)
    return UserSplit(
        training=history.select(lambda user: _bucket(user) in TRAINING_BUCKETS),
        validation=history.select(lambda user: _bucket(user) not in {*TRAINING_BUCKETS, *TEST_BUCKETS}),
        held_out=history.select(lambda user: _bucket(user) in TEST_BUCKETS),
    )


def _bucket(user: UserHistory) -> int:
    return bucket(int(user.user))


def _rows(events: Any) -> list[tuple[str, int, str]]:
    times_ms = events.transaction_timestamp.astype("datetime64[ms]").astype("int64")
    return list(zip(events.household_id.astype(str), times_ms, events.text, strict=True))
