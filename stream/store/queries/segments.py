"""Segments, their members, and their sizes over time. Users are counted, not estimated.

A past size is the users of now, less the changes since. Before the first change that the store knows, a size is what it
was at that change.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import msgspec

from stream.core.policy import DAY_MS
from stream.core.reserved import INACTIVE, UNKNOWN
from stream.store.queries.sizes import Moves, moves
from stream.store.schema import HOUR_MS
from stream.store.store import Store, is_storable, newest_ms, oldest_ms
from stream.wire.catalogue import CatalogueEntry
from stream.wire.descriptions import SegmentDescription

TREND_MS = 30 * DAY_MS
TREND_POINTS = 30
_RESERVED = (UNKNOWN, INACTIVE)


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A segment with its figures.

    `n_users` is counted in the store; `share` is of all users that are not inactive, and 0 for `inactive`. `n_entered`
    and `n_left` count changes of the last day of the stream's clock. `sizes` are 30, evenly over the last 30 days or
    since the first change, the last one now. `trend` is the relative change over them, None if the first size is 0.
    `description` is None for reserved ids and for segments of pins.
    """

    id: str
    name: str
    rare: bool
    retired: bool
    n_users: int
    share: float
    n_entered: int
    n_left: int
    trend: float | None
    sizes: tuple[int, ...]
    description: SegmentDescription | None


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a segment since `since_ms`, by the change `sequence`.

    `weight` is that of the soft membership; None if the segment is not among the largest.
    """

    user: str
    since_ms: int
    sequence: int
    weight: float | None


@dataclass(frozen=True, slots=True)
class SizePoint:
    """A size at `time_ms`, and the changes into and out of the segment since the point before."""

    time_ms: int
    n_users: int
    n_entered: int
    n_left: int


def segment_rows(store: Store) -> list[SegmentRow]:
    """Return the current segments, the largest first, then `unknown` and `inactive`.

    Retired segments and those of pins are among them while they have users.
    """
    found = store.rows("SELECT no, id, name, rare, retired, n_users, value FROM segments")
    found += [(-1, each, each, None, None, 0, None) for each in _RESERVED if each not in {row[1] for row in found}]
    total = sum(row[5] for row in found if row[1] != INACTIVE)
    shown = [row for row in found if row[1] in _RESERVED or row[5] or (row[6] and not row[4])]
    until_ms = newest_ms(store)
    since_ms = max(until_ms - TREND_MS, oldest_ms(store))
    moved = moves(store, since_ms, until_ms, TREND_POINTS)
    last_day = _last_day(store, until_ms)
    rows = []
    for row in shown:
        sizes = tuple(p.n_users for p in _points(row[5], moved[row[0]], since_ms, until_ms, TREND_POINTS))
        rows.append(_segment_row(row, total, sizes, last_day.get(row[0], (0, 0))))
    return sorted(rows, key=lambda row: (row.id == INACTIVE, row.id == UNKNOWN, -row.n_users, row.id))


def segment_record(store: Store, segment: str) -> bytes | None:
    """Return the newest record of `segments`; None for an id that is not there."""
    found = store.row("SELECT value FROM segments WHERE id = ?", segment) if is_storable(segment) else None
    return found[0] if found else None


def segment_names(store: Store) -> dict[str, str]:
    """Return the name of every id in the store by the newest records; the name of another id is the id."""
    return dict(store.rows("SELECT id, name FROM segments"))


def members(store: Store, segment: str, after: str | None, limit: int) -> list[Member]:
    """Return the members after the user `after`, ordered by user in UTF-8."""
    if not is_storable(segment) or not is_storable(after or ""):
        return []
    found = store.rows(
        "SELECT user, since_ms, sequence, weight FROM users "
        "WHERE segment = (SELECT no FROM segments WHERE id = ?) AND user > ? ORDER BY user LIMIT ?",
        *(segment, after or "", limit),
    )
    return [Member(*each) for each in found]


def size_history(store: Store, segment: str, since_ms: int, until_ms: int, n_points: int) -> list[SizePoint]:
    """Return sizes at `n_points` times, 2 or more, from `since_ms` evenly to `until_ms`.

    The first point has no changes. A period that begins in the last two days is exact; a longer one has whole hours.
    """
    found = store.row("SELECT no, n_users FROM segments WHERE id = ?", segment) if is_storable(segment) else None
    no, n_users = found or (-1, 0)
    return _points(n_users, moves(store, since_ms, until_ms, n_points)[no], since_ms, until_ms, n_points)


def _points(n_users: int, moved: Moves, since_ms: int, until_ms: int, n_points: int) -> list[SizePoint]:
    """Return the points of a segment that has `n_users` after all its `moved`."""
    times = [since_ms + (until_ms - since_ms) * at // (n_points - 1) for at in range(n_points)]
    first = n_users - sum(n_in - n_out for n_in, n_out in moved.values())
    between = [moved.get(at, (0, 0)) for at in range(1, n_points)]
    sizes = accumulate((n_in - n_out for n_in, n_out in between), initial=first)
    # a change can be here before the record of its user
    return [SizePoint(t, max(0, n), *each) for t, n, each in zip(times, sizes, [(0, 0), *between], strict=True)]


def _segment_row(row: tuple[Any, ...], total: int, sizes: tuple[int, ...], last_day: tuple[int, int]) -> SegmentRow:
    _, segment, name, rare, retired, n_users, value = row
    return SegmentRow(
        id=segment,
        name=name,
        rare=bool(rare),
        retired=bool(retired),
        n_users=n_users,
        share=n_users / total if total and segment != INACTIVE else 0.0,
        n_entered=last_day[0],
        n_left=last_day[1],
        trend=(sizes[-1] - sizes[0]) / sizes[0] if sizes[0] else None,
        sizes=sizes,
        description=msgspec.json.decode(value, type=CatalogueEntry).description if value else None,
    )


def _last_day(store: Store, now_ms: int) -> dict[int, tuple[int, int]]:
    """Return the changes into and out of each segment in the last 24 hours, the one of now included."""
    sql = "SELECT segment, sum(n_entered), sum(n_left) FROM hours WHERE hour > ? GROUP BY segment"
    return {no: (n_in, n_out) for no, n_in, n_out in store.rows(sql, (now_ms - DAY_MS) // HOUR_MS)}
