"""Quantised vectors of the texts of a micro-batch, from one call of the encoder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from stream.core.decision.conditions import Condition
from stream.core.encoder import Encoder
from stream.core.event import Declaration, Event, Record
from stream.core.profile import quantise
from tests.specification.state import PartitionState, Timer
from tests.specification.window import StoredVector


def stored_vectors(
    records: list[Record],
    partition: PartitionState,
    due: Iterable[Timer],
    encoder: Encoder,
    consent: tuple[Condition, ...] = (),
) -> dict[str, StoredVector]:
    """Return the int8 vector and scale of every distinct text of the batch; the empty text has the zero vector.

    Texts in the windows of users that need a new encoding are included if a record or a timer in `due` names the user.
    With conditions of consent, texts of users with neither a state nor a declaration are left out.
    """
    events = [record.content for record in records if isinstance(record.content, Event)]
    if consent:
        declaring = {record.content.user for record in records if isinstance(record.content, Declaration)}
        events = [event for event in events if event.user in partition.users or event.user in declaring]
    new = (event.text for event in events)
    texts = list(dict.fromkeys(text for text in (*new, *_texts_to_reencode(records, partition, due)) if text))
    stored: dict[str, StoredVector] = {"": (np.zeros(encoder.dimension, np.int8), 0.0)}
    if texts:
        vectors, scales = quantise(encoder.encode(texts))
        stored |= {text: (v, s) for text, v, s in zip(texts, vectors, scales.tolist(), strict=True)}
    return stored


def _texts_to_reencode(records: list[Record], partition: PartitionState, due: Iterable[Timer]) -> Iterator[str]:
    if not partition.needs_reencoding:
        return
    user_ids = dict.fromkeys(r.content.user for r in records if isinstance(r.content, Event | Declaration))
    for user_id in user_ids | dict.fromkeys(timer.user for timer in due):
        if user_id in partition.needs_reencoding:
            yield from (item.text for item in partition.users[user_id].window.items)
