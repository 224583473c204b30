"""Many users from a few real ones: each has a full window of eight items, under a name and ids of its own.

Names have 13 characters and ids of items 19, as the demo's. Texts and vectors are the real users'; or every item has
its own, of the same length as the real text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bench.harness.scenario import KnownTexts
from stream.core.event import Event, Record
from stream.core.partition import PartitionState
from stream.core.records import Records
from stream.core.reserved import INACTIVE, PENDING
from stream.core.state import StoredItem, UserState
from stream.core.user_columns import UserColumns, columns_of

N_ITEMS = 8

_TEXT_CHARS_MIN = 10  # the number that makes a text distinct


def templates(partition: PartitionState) -> list[UserState]:
    """Return the users of the partition with enough items and a segment, each with its newest items only."""
    found = []
    for name in partition.names():
        state = partition.user(name)
        if state and len(state.items) >= N_ITEMS and state.membership.segment not in (PENDING, INACTIVE):
            newest = tuple(replace(item, slot=slot) for slot, item in enumerate(state.items[-N_ITEMS:]))
            found.append(replace(state, items=newest, traits={}, labels={}, traceparent=""))
    return found


def user_name(number: int) -> str:
    """Return the name of a user.

    >>> user_name(7)
    'user-00000007'
    """
    return f"user-{number:08d}"


def item_id(number: int, at: int) -> str:
    """Return the id of an item.

    >>> item_id(7, 3)
    '00000000007-0000003'
    """
    return f"{number:011d}-{at:07d}"


def copies(
    sources: Sequence[UserState], encoder: str, numbers: Sequence[int], now_ms: int, distinct: bool
) -> UserColumns:
    """Return users with these numbers, neither due for a sample nor waiting for a change."""
    calm = [
        replace(source, membership=replace(source.membership, candidate=None), sampled_ms=now_ms)
        for source in (sources[number % len(sources)] for number in numbers)
    ]
    columns = columns_of({user_name(number): state for number, state in zip(numbers, calm, strict=True)}, encoder)
    items = replace(columns.items, ids=[item_id(number, at).encode() for number in numbers for at in range(N_ITEMS)])
    if distinct:
        first = N_ITEMS * numbers[0]
        items = replace(
            items,
            texts=[distinct_text(text, number) for number, text in enumerate(items.texts, first)],
            vectors=[distinct_vector(vector, number) for number, vector in enumerate(items.vectors, first)],
        )
    return replace(columns, items=items)


def distinct_text(text: str, number: int) -> str:
    """Return a text of the same length, of ten characters at least.

    >>> distinct_text("Baby food, beginner", 7)
    'Baby food 000000007'
    """
    return f"{text[: max(0, len(text) - _TEXT_CHARS_MIN)]} {number:09x}"


def distinct_vector(vector: bytes, number: int) -> bytes:
    """Return the int8 vector with its last eight places from the number: close to it, and unlike any other."""
    return vector[:-8] + bytes((number >> (7 * at)) & 0x7F for at in range(8))


def vector_of(item: StoredItem) -> NDArray[np.float32]:
    """Return the embedding of an item."""
    return np.frombuffer(item.vector, np.int8).astype(np.float32) * np.float32(item.scale)


def known_texts(sources: Sequence[UserState], encoder: str) -> KnownTexts:
    """Return an encoder of the texts of these users."""
    return KnownTexts(encoder, {item.text: vector_of(item) for source in sources for item in source.items})


def events_of(sources: Sequence[UserState], numbers: Sequence[int]) -> Records:
    """Return the events that fill the windows of these users, in order of time."""
    rows = [(item, number, at) for number in numbers for at, item in enumerate(sources[number % len(sources)].items)]
    rows.sort(key=lambda row: row[0].time_ms)
    return Records.of(
        Record(offset, 0, Event(user_name(number), item_id(number, at), i.kind, i.time_ms, i.text, i.amount))
        for offset, (i, number, at) in enumerate(rows)
    )


def newest_ms(sources: Sequence[UserState]) -> int:
    """Return the time of the newest item."""
    return max(template.items[-1].time_ms for template in sources)
