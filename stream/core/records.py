"""A batch of one partition's records as columns: the input of a step.

Events are nearly all of a batch, and are rows of columns. Any other content is kept as a value, by its row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats, Ints
from stream.core.event import Content, Declaration, Erasure, Event, Ignored, Misplaced, Record, Rejected


class Op(IntEnum):
    """A kind of content, as a number."""

    EVENT = 0
    DECLARATION = 1
    ERASURE = 2
    IGNORED = 3
    MISPLACED = 4
    REJECTED = 5


_OPS: dict[type[Content], Op] = {
    Event: Op.EVENT,
    Declaration: Op.DECLARATION,
    Erasure: Op.ERASURE,
    Ignored: Op.IGNORED,
    Misplaced: Op.MISPLACED,
    Rejected: Op.REJECTED,
}
_NO_EVENT = Event("", "", "", 0)


@dataclass(slots=True, eq=False)
class Records:
    """Records of one partition as columns, in order of offset; arrays are `(n,)`.

    A row that is no event has "" or 0 in the columns of events, and `users` has the user that its content names.
    """

    offsets: Ints
    arrivals_ms: Ints
    ops: NDArray[np.uint8]  # values of Op
    users: list[bytes]  # UTF-8
    ids: list[bytes]  # UTF-8
    kinds: list[str]
    texts: list[str]
    times_ms: Ints
    amounts: Floats
    contents: dict[int, Content]  # by row, of every row that is no event
    ignored: dict[int, tuple[str, ...]]  # by row, the paths of fields that were not understood, if there are any
    traceparents: list[str]  # empty if no record has one

    def __len__(self) -> int:
        return len(self.users)

    @classmethod
    def of(cls, records: Iterable[Record]) -> Records:
        """Return the columns of single records."""
        given = list(records)
        contents = [record.content for record in given]
        events = [content if isinstance(content, Event) else _NO_EVENT for content in contents]
        traceparents = [record.traceparent for record in given]
        return cls(
            offsets=np.array([record.offset for record in given], np.int64),
            arrivals_ms=np.array([record.arrival_ms for record in given], np.int64),
            ops=np.array([_OPS[type(content)] for content in contents], np.uint8),
            users=[user_of(content).encode() for content in contents],
            ids=[event.id.encode() for event in events],
            kinds=[event.kind for event in events],
            texts=[event.text for event in events],
            times_ms=np.array([event.time_ms for event in events], np.int64),
            amounts=np.array([event.amount for event in events], np.float64),
            contents={row: content for row, content in enumerate(contents) if not isinstance(content, Event)},
            ignored={row: paths for row, content in enumerate(contents) if (paths := _ignored_by(content))},
            traceparents=traceparents if any(traceparents) else [],
        )

    def put(self, row: int, content: Content) -> None:
        """Set the content of a row."""
        event = content if isinstance(content, Event) else _NO_EVENT
        self.ops[row], self.users[row], self.ids[row] = (
            _OPS[type(content)],
            user_of(content).encode(),
            event.id.encode(),
        )
        self.kinds[row], self.texts[row] = event.kind, event.text
        self.times_ms[row], self.amounts[row] = event.time_ms, event.amount
        self.contents.pop(row, None)
        self.ignored.pop(row, None)
        if not isinstance(content, Event):
            self.contents[row] = content
        if paths := _ignored_by(content):
            self.ignored[row] = paths


def user_of(content: Content) -> str:
    """Return the user that a content names; "" if it names none."""
    return content.user if isinstance(content, Event | Declaration | Erasure) else ""


def _ignored_by(content: Content) -> tuple[str, ...]:
    return content.ignored if isinstance(content, Event | Declaration) else ()
