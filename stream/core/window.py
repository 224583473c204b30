"""A person's window: the last N items of the last T milliseconds, each carrying its vector.

The window at `now_ms` holds items of `[now_ms - T, now_ms)`, ordered by (time, event id).
A late item goes where it belongs; a repeated id changes nothing; so the window is the same in any order of arrival.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.core.event import Event

Columns = NDArray[np.void]
StoredVector = tuple[NDArray[np.int8], float]  # a text's vector and its scale, as an item carries them

_FIRST_CAPACITY = 4  # most people have few items: the columns grow by doubling


class Item(NamedTuple):
    """The part of an item that no arithmetic reads."""

    id: str
    kind: str
    text: str


class Applied(Enum):
    """What became of an event offered to a window."""

    YES = "applied"
    DUPLICATE = "duplicate"
    LATE = "late"


def columns_dtype(dimension: int) -> np.dtype[np.void]:
    """The arithmetic part of an item; `vector * scale` is the text's embedding, `slot` names its state record."""
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


def rows_of(columns: Columns) -> NDArray[np.uint8]:
    """The memory of contiguous `columns (..., n)` as bytes, `(..., n, itemsize) uint8`."""
    return columns.view(np.uint8).reshape(*columns.shape, columns.dtype.itemsize)


class Window:
    """At most `n_max` items in order. `columns[:n]`, `items`, `times_ms` and `ids` run in parallel; the latter two
    repeat what the search for a place and for duplicates reads, where numpy would cost most of an insert."""

    __slots__ = ("_rows", "columns", "dirty", "ids", "items", "n_max", "slots", "times_ms", "unsaved")

    def __init__(self, n_max: int, dtype: np.dtype[np.void]) -> None:
        self.n_max = n_max
        self._use(np.zeros(min(_FIRST_CAPACITY, n_max), dtype))
        self.items: list[Item] = []
        self.times_ms: list[int] = []
        self.ids: list[str] = []
        self.slots = 0  # bit s is set when slot s is taken
        self.unsaved = 0  # bit s is set when the state record of slot s is not what a restore made of it
        self.dirty: set[int] = set()  # slots whose state record changed since the last copy

    def __len__(self) -> int:
        return len(self.items)

    def copy(self) -> Window:
        """An independent window with nothing dirty but what is unsaved."""
        twin = Window.__new__(Window)
        twin.n_max, twin.slots, twin.unsaved = self.n_max, self.slots, 0
        twin.dirty = {slot for slot in range(self.unsaved.bit_length()) if self.unsaved >> slot & 1}
        twin._use(self._rows.copy().view(self.columns.dtype)[:, 0])
        twin.items = self.items.copy()
        twin.times_ms, twin.ids = self.times_ms.copy(), self.ids.copy()
        return twin

    def first_ms(self) -> int:
        """Time of the oldest item; the window must not be empty."""
        return self.times_ms[0]

    def last_ms(self) -> int:
        """Time of the newest item; the window must not be empty."""
        return self.times_ms[-1]

    def insert(self, event: Event, kind: int, vector: NDArray[np.int8], scale: float, start_ms: int) -> Applied:
        """Put `event` where it belongs, or say why not; `[start_ms, ...)` is the window."""
        if event.time_ms < start_ms:
            return Applied.LATE
        if event.id in self.ids:
            return Applied.DUPLICATE
        at = self._position(event)
        if len(self.items) == self.n_max:
            if at == 0:
                return Applied.LATE
            self._drop_first(1)
            at -= 1
        slot = (~self.slots & (self.slots + 1)).bit_length() - 1
        self._put(at, slot, event, kind, vector, scale)
        self.dirty.add(slot)
        return Applied.YES

    def place(self, slot: int, event: Event, kind: int, vector: NDArray[np.int8], scale: float) -> None:
        """Put back a stored item, in order, into the slot it had; nothing becomes dirty."""
        self._put(len(self.items), slot, event, kind, vector, scale)

    def expire(self, start_ms: int) -> int:
        """Drop items older than `start_ms`; return how many."""
        n = bisect_left(self.times_ms, start_ms)
        if n:
            self._drop_first(n)
        return n

    def encode_again(self, vectors: Mapping[str, StoredVector]) -> None:
        """Give every item the vector of its text; `vectors` holds all of them."""
        for at, item in enumerate(self.items):
            self.columns["vector"][at], self.columns["scale"][at] = vectors[item.text]
        self.dirty.update(self.columns["slot"][: len(self.items)].tolist())

    def _put(self, at: int, slot: int, event: Event, kind: int, vector: NDArray[np.int8], scale: float) -> None:
        self._make_room(at)
        self.columns[at] = (event.time_ms, event.amount, scale, kind, slot, vector)
        self.items.insert(at, Item(event.id, event.kind, event.text))
        self.times_ms.insert(at, event.time_ms)
        self.ids.insert(at, event.id)
        self.slots |= 1 << slot

    def _use(self, columns: Columns) -> None:
        """Take these columns; `_rows` is the same memory as plain bytes, which numpy moves several times faster."""
        self.columns = columns
        self._rows = rows_of(columns)

    def photograph(self, rows: NDArray[np.uint8]) -> None:
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
            self.dirty.add(slot)
        left = len(self.items) - n
        self._rows[:left] = self._rows[n : n + left]
        del self.items[:n], self.times_ms[:n], self.ids[:n]

    def _make_room(self, at: int) -> None:
        n = len(self.items)
        if n == len(self.columns):
            grown = np.zeros(min(2 * n, self.n_max), self.columns.dtype)
            grown[:n] = self.columns
            self._use(grown)
        if at < n:
            self._rows[at + 1 : n + 1] = self._rows[at:n]
