"""The sliding window of one user: the last N items of the last T milliseconds, each with its vector.

The window at `now_ms` holds items of `[now_ms - T, now_ms)`, ordered by (time, event id).
A late item is inserted in order and a repeated id changes nothing, so the order of arrival has no effect.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.core.event import Event

Columns = NDArray[np.void]
StoredVector = tuple[NDArray[np.int8], float]  # the quantised vector of a text, and its scale

_FIRST_CAPACITY = 4  # most users have few items: the columns grow by doubling


class Item(NamedTuple):
    """An item without its numbers, which are in the columns."""

    id: str
    kind: str
    text: str


class Inserted(StrEnum):
    """Result of an insertion into a window."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    LATE = "late"


def columns_dtype(dimension: int) -> np.dtype[np.void]:
    """Return the type of an item's numbers: `vector * scale` is the embedding, `slot` names the state record."""
    return np.dtype(
        [
            ("time_ms", np.int64),
            ("amount", np.float64),
            ("scale", np.float32),
            ("kind", np.uint8),
            ("slot", np.uint8),
            ("vector", np.int8, (dimension,)),
        ]
    )


def as_bytes(columns: Columns) -> NDArray[np.uint8]:
    """Return the memory of contiguous `columns (..., n)` as bytes, `(..., n, itemsize) uint8`."""
    return columns.view(np.uint8).reshape(*columns.shape, columns.dtype.itemsize)


class Window:
    """A window of at most `n_max` items in order.

    `columns[:n]`, `items`, `times_ms` and `ids` run in parallel. `times_ms` and `ids` are copies for the searches of an
    insertion, which would be slower in numpy.
    """

    __slots__ = ("_rows", "columns", "ids", "items", "n_max", "slots", "times_ms")

    def __init__(self, n_max: int, dtype: np.dtype[np.void]) -> None:
        self.n_max = n_max
        self._set_columns(np.zeros(min(_FIRST_CAPACITY, n_max), dtype))
        self.items: list[Item] = []
        self.times_ms: list[int] = []
        self.ids: list[str] = []
        self.slots = 0  # bit s is set when slot s is in use

    def __len__(self) -> int:
        return len(self.items)

    def copy(self) -> Window:
        """Return an independent window."""
        copy = Window.__new__(Window)
        copy.n_max, copy.slots = self.n_max, self.slots
        copy._set_columns(self._rows.copy().view(self.columns.dtype)[:, 0])
        copy.items = self.items.copy()
        copy.times_ms, copy.ids = self.times_ms.copy(), self.ids.copy()
        return copy

    def first_ms(self) -> int:
        """Return the time of the oldest item; the window must not be empty."""
        return self.times_ms[0]

    def last_ms(self) -> int:
        """Return the time of the newest item; the window must not be empty."""
        return self.times_ms[-1]

    def insert(self, event: Event, kind: int, vector: NDArray[np.int8], scale: float, start_ms: int) -> Inserted:
        """Insert an event in order, unless it is late or a duplicate; `[start_ms, ...)` is the window."""
        if event.time_ms < start_ms:
            return Inserted.LATE
        if event.id in self.ids:
            return Inserted.DUPLICATE
        at = self._position(event)
        if len(self.items) == self.n_max:
            if at == 0:
                return Inserted.LATE
            self._drop_first(1)
            at -= 1
        slot = (~self.slots & (self.slots + 1)).bit_length() - 1
        self._put(at, slot, event, kind, vector, scale)
        return Inserted.APPLIED

    def restore(self, slot: int, event: Event, kind: int, vector: NDArray[np.int8], scale: float) -> None:
        """Append a stored item, in order, in its previous slot."""
        self._put(len(self.items), slot, event, kind, vector, scale)

    def expire(self, start_ms: int) -> int:
        """Drop the items older than `start_ms` and return their number."""
        n = bisect_left(self.times_ms, start_ms)
        if n:
            self._drop_first(n)
        return n

    def reencode(self, vectors: Mapping[str, StoredVector]) -> None:
        """Replace every item's vector by that of its text in `vectors`."""
        for at, item in enumerate(self.items):
            self.columns["vector"][at], self.columns["scale"][at] = vectors[item.text]

    def _put(self, at: int, slot: int, event: Event, kind: int, vector: NDArray[np.int8], scale: float) -> None:
        self._make_room(at)
        self.columns[at] = (event.time_ms, event.amount, scale, kind, slot, vector)
        self.items.insert(at, Item(event.id, event.kind, event.text))
        self.times_ms.insert(at, event.time_ms)
        self.ids.insert(at, event.id)
        self.slots |= 1 << slot

    def _set_columns(self, columns: Columns) -> None:
        """Set the columns; `_rows` is the same memory as bytes, which numpy moves several times faster."""
        self.columns = columns
        self._rows = as_bytes(columns)

    def snapshot_into(self, rows: NDArray[np.uint8]) -> None:
        """Copy the items into the first of `rows`, made by `rows_of`; one row of an empty window, whatever it holds."""
        n = max(len(self.items), 1)
        rows[:n] = self._rows[:n]

    def _position(self, event: Event) -> int:
        at = len(self.items)
        while at and (event.time_ms, event.id) < (self.times_ms[at - 1], self.ids[at - 1]):
            at -= 1
        return at

    def _drop_first(self, n: int) -> None:
        for slot in self.columns["slot"][:n].tolist():
            self.slots &= ~(1 << slot)
        n_left = len(self.items) - n
        self._rows[:n_left] = self._rows[n : n + n_left]
        del self.items[:n], self.times_ms[:n], self.ids[:n]

    def _make_room(self, at: int) -> None:
        n = len(self.items)
        if n == len(self.columns):
            grown = np.zeros(min(2 * n, self.n_max), self.columns.dtype)
            grown[:n] = self.columns
            self._set_columns(grown)
        if at < n:
            self._rows[at + 1 : n + 1] = self._rows[at:n]
