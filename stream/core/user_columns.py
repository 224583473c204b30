"""States of many users as columns: what a restore gives a partition, without a value for each user and item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats, Ints
from stream.core.event import Scalar
from stream.core.labels import PublishedLabels
from stream.core.state import StoredItem, UserState

TIME_MAX = 1 << 60  # sums of two times stay within 64 bits
SLOTS = 255
LABELS_MAX = 255
BYTES_MAX = 65_535  # of a name, an id and a trace


@dataclass(frozen=True, slots=True)
class HeadColumns:
    """Memberships and counters of n users."""

    segments: Sequence[str]
    since_ms: Ints
    candidates: Sequence[str | None]
    candidates_since_ms: Ints
    sequences: Ints
    n_events: Ints
    sampled_ms: Ints
    offsets: Ints
    pinned_by: Sequence[str]
    traceparents: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class ItemColumns:
    """Items of windows. A stale item has a text without a vector: it is to be encoded again."""

    times_ms: Ints
    ids: Sequence[bytes]
    kinds: Sequence[str]
    amounts: Floats
    texts: Sequence[str]
    scales: Floats
    vectors: Sequence[bytes]
    slots: Ints
    stale: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class UserColumns:
    """States of n users: their heads, their items one user after another by (time, id), and what few have, by row."""

    names: Sequence[bytes]
    heads: HeadColumns
    n_items: Ints
    items: ItemColumns
    traits: Mapping[int, Mapping[str, Scalar]]
    labels: Mapping[int, PublishedLabels]

    def owners(self) -> Ints:
        """Return the user of each item."""
        return np.repeat(np.arange(len(self.names)), self.n_items)


def columns_of(states: Mapping[str, UserState], encoder: str) -> UserColumns:
    """Return states as columns; items of another encoder are stale."""
    users = list(states.values())
    return UserColumns(
        names=[name.encode() for name in states],
        heads=_head_columns(users),
        n_items=_ints([len(user.items) for user in users]),
        items=_item_columns([item for user in users for item in user.items], encoder),
        traits={row: user.traits for row, user in enumerate(users) if user.traits},
        labels={row: user.labels for row, user in enumerate(users) if user.labels},
    )


def _head_columns(users: Sequence[UserState]) -> HeadColumns:
    memberships = [user.membership for user in users]
    return HeadColumns(
        segments=[each.segment for each in memberships],
        since_ms=_ints([each.since_ms for each in memberships]),
        candidates=[each.candidate for each in memberships],
        candidates_since_ms=_ints([each.candidate_since_ms for each in memberships]),
        sequences=_ints([each.sequence for each in memberships]),
        n_events=_ints([user.n_events for user in users]),
        sampled_ms=_ints([user.sampled_ms for user in users]),
        offsets=_ints([user.offset for user in users]),
        pinned_by=[each.pinned_by for each in memberships],
        traceparents=[user.traceparent.encode() for user in users],
    )


def _item_columns(items: Sequence[StoredItem], encoder: str) -> ItemColumns:
    return ItemColumns(
        times_ms=_ints([item.time_ms for item in items]),
        ids=[item.id.encode() for item in items],
        kinds=[item.kind for item in items],
        amounts=np.array([item.amount for item in items], np.float64),
        texts=[item.text for item in items],
        scales=np.array([item.scale for item in items], np.float64),
        vectors=[item.vector for item in items],
        slots=_ints([item.slot for item in items]),
        stale=np.array([item.encoder != encoder for item in items], np.bool_),
    )


def _ints(numbers: Sequence[int]) -> Ints:
    try:
        return np.array(numbers, np.int64)
    except OverflowError as error:
        raise ValueError("a number is beyond 64 bits") from error


def check_columns(users: UserColumns, dimension: int, window_items: int) -> None:
    """Raise ValueError for a state that cannot be."""
    heads, items, owners = users.heads, users.items, users.owners()
    for times_ms in (heads.since_ms, heads.candidates_since_ms, heads.sampled_ms):
        _refuse(users, np.flatnonzero(_is_beyond(times_ms)), f"a time is beyond {TIME_MAX} ms")
    _refuse(users, np.flatnonzero(users.n_items > window_items), f"a window holds {window_items} items")
    _refuse(users, np.flatnonzero(_longer(users.names, BYTES_MAX)), f"a name is longer than {BYTES_MAX} bytes")
    _refuse(users, np.flatnonzero(_longer(heads.traceparents, BYTES_MAX)), f"a trace is over {BYTES_MAX} bytes")
    _refuse(users, [row for row, each in users.labels.items() if len(each) > LABELS_MAX], "it has too many labels")
    _refuse(users, owners[_is_beyond(items.times_ms)], f"a time is beyond {TIME_MAX} ms")
    _refuse(users, owners[_longer(items.ids, BYTES_MAX)], f"an id is longer than {BYTES_MAX} bytes")
    _refuse(users, owners[_has_bad_slot(items, owners)], f"slots are not distinct and within 0 to {SLOTS - 1}")
    n_bytes = np.fromiter(map(len, items.vectors), np.int64, len(items.vectors))
    _refuse(users, owners[(n_bytes != dimension) & ~items.stale], f"a vector has not {dimension} dimensions")
    _refuse(users, owners[1:][_is_before(items, owners)], "the items are not in order of time and id")
    is_number = np.isfinite(items.amounts) & (items.stale | (np.abs(items.scales) <= np.finfo(np.float32).max))
    _refuse(users, owners[~is_number], "an amount or a scale is no finite number")


def _is_beyond(times_ms: Ints) -> NDArray[np.bool_]:
    return np.logical_or(times_ms > TIME_MAX, times_ms < -TIME_MAX)


def _longer(strings: Sequence[bytes], n_max: int) -> NDArray[np.bool_]:
    return np.fromiter((len(string) > n_max for string in strings), np.bool_, len(strings))


def _has_bad_slot(items: ItemColumns, owners: Ints) -> NDArray[np.bool_]:
    is_bad = np.ones(len(owners), np.bool_)
    is_bad[np.unique(owners * (SLOTS + 1) + items.slots, return_index=True)[1]] = False
    is_bad[(items.slots < 0) | (items.slots >= SLOTS)] = True
    return is_bad


def _is_before(items: ItemColumns, owners: Ints) -> NDArray[np.bool_]:
    """Return whether each item but the first comes before the item ahead of it, of the same user."""
    is_same, ahead = np.diff(owners) == 0, np.diff(items.times_ms)
    is_before: NDArray[np.bool_] = is_same & (ahead < 0)
    for at in np.flatnonzero(is_same & (ahead == 0)).tolist():
        is_before[at] = items.ids[at] > items.ids[at + 1]
    return is_before


def _refuse(users: UserColumns, rows: Sequence[int] | NDArray[Any], reason: str) -> None:
    if len(rows):
        raise ValueError(f"the state of user {users.names[int(rows[0])].decode()!r}: {reason}")
