"""The people of The Complete Journey, in the parts by which encoders are fitted and judged."""

from __future__ import annotations

from typing import Any

from export.finetune.history import History, Person, history_of
from export.finetune.recipe import People
from export.texts import BEFORE, TEST_BUCKETS, TRAINING_BUCKETS, bucket, demo_events
from stream.core.text.steps import TextStep

UNSEEN_OF = 5  # one text in so many can be kept from training, to see how an encoder does on texts it never saw


def is_unseen(text: str) -> bool:
    """Whether `text` belongs to those that an encoder made without unseen texts never saw."""
    return bucket(text, UNSEEN_OF) == 0


def journey(step: TextStep, *, without_unseen: bool = False) -> People:
    """Households by their bucket, events before BEFORE only."""
    events = demo_events()
    events = events[events.transaction_timestamp < BEFORE]
    if without_unseen:
        events = events[~events.text.map(is_unseen)]
    history = history_of(_rows(events), {}, step)
    return People(
        training=history.select(lambda person: _bucket(person) in TRAINING_BUCKETS),
        validation=_validation(history),
        held_out=history.select(lambda person: _bucket(person) in TEST_BUCKETS),
    )


def _validation(history: History) -> History:
    return history.select(lambda person: _bucket(person) not in {*TRAINING_BUCKETS, *TEST_BUCKETS})


def _bucket(person: Person) -> int:
    return bucket(int(person.name))


def _rows(events: Any) -> list[tuple[str, int, str]]:
    times_ms = events.transaction_timestamp.astype("datetime64[ms]").astype("int64")
    return list(zip(events.household_id.astype(str), times_ms, events.text, strict=True))
