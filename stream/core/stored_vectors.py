"""The texts of a micro-batch as items carry them: int8 vectors with one scale each.

Windows that came back from another encoder are part of a micro-batch too when one of its records or timers may touch
their person: all texts go to the encoder in one call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from stream.core.encoder import Encoder
from stream.core.event import Declaration, Event, Record
from stream.core.profile import quantise
from stream.core.state import PartitionState, Timer
from stream.core.window import StoredVector


def stored_vectors(
    records: list[Record], partition: PartitionState, due: Iterable[Timer], encoder: Encoder
) -> dict[str, StoredVector]:
    """Every distinct text of the batch once, as int8 vector and scale; the empty text is the zero vector. Of people
    in `partition.foreign` whom a record or a timer in `due` names, the texts of the window as well."""
    new = (r.content.text for r in records if isinstance(r.content, Event))
    texts = list(dict.fromkeys(text for text in (*new, *_foreign_texts(records, partition, due)) if text))
    stored: dict[str, StoredVector] = {"": (np.zeros(encoder.dimension, np.int8), 0.0)}
    if texts:
        vectors, scales = quantise(encoder.encode(texts))
        stored |= {text: (v, s) for text, v, s in zip(texts, vectors, scales.tolist(), strict=True)}
    return stored


def _foreign_texts(records: list[Record], partition: PartitionState, due: Iterable[Timer]) -> Iterator[str]:
    if not partition.foreign:
        return
    named = dict.fromkeys(r.content.user for r in records if isinstance(r.content, Event | Declaration))
    for name in named | dict.fromkeys(timer.user for timer in due):
        if name in partition.foreign:
            yield from (item.text for item in partition.users[name].window.items)
