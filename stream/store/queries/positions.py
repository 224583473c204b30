"""Positions of a store in its topics."""

from __future__ import annotations

from dataclasses import dataclass

from stream.store.store import Store


@dataclass(frozen=True, slots=True)
class Position:
    """A position in a partition: `next_offset` is that of the first record that the store does not have yet."""

    topic: str
    partition: int
    next_offset: int


def positions(store: Store) -> list[Position]:
    """Return the position in each partition that the store has read from, by topic and partition."""
    return [Position(*each) for each in store.rows("SELECT topic, partition, next FROM positions ORDER BY 1, 2")]
