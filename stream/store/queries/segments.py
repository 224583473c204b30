"""Segments, their members, and their sizes over time. Sizes are counted, not estimated."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import msgspec

from stream.core.policy import DAY_MS
from stream.core.reserved import INACTIVE, UNKNOWN
from stream.store.queries.users import _is_text
from stream.store.schema import HOUR_MS
from stream.store.store import Store, newest_ms, oldest_ms
from stream.wire.catalogue import CatalogueEntry
from stream.wire.descriptions import SegmentDescription

TREND_MS = 30 * DAY_MS
TREND_POINTS = 30
RESERVED = (UNKNOWN, INACTIVE)


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
    """A member of a segment since `since_ms`, by the change `sequence`; `weight` is that of the soft membership."""

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
    found = store.rows("SELECT id, name, coalesce(rare, 0), coalesce(retired, 0), n_users, value FROM segments")
    total = sum(n for segment, _, _, _, n, _ in found if segment != INACTIVE)
    rows = [
        _segment_row(store, each, total)
        for each in found
        if each[0] in RESERVED or each[4] or (each[5] and not each[3])
    ]
    known = {row.id for row in rows}
    rows += [_segment_row(store, (each, each, 0, 0, 0, None), total) for each in RESERVED if each not in known]
    return sorted(rows, key=lambda row: (row.id == INACTIVE, row.id == UNKNOWN, -row.n_users, row.id))


def segment_record(store: Store, segment: str) -> bytes | None:
    """Return the newest record of `segments`; None for an id that is not there."""
    found = store.row("SELECT value FROM segments WHERE id = ?", segment) if _is_text(segment) else None
    return found[0] if found else None


def segment_names(store: Store) -> dict[str, str]:
    """Return the name of every id in the store by the newest records; the name of another id is the id."""
    return dict(store.rows("SELECT id, name FROM segments"))


def members(store: Store, segment: str, after: str | None, limit: int) -> list[Member]:
    """Return the members after the user `after`, ordered by user in UTF-8."""
    if not _is_text(segment) or not _is_text(after or ""):
        return []
    found = store.rows(
        "SELECT user, since_ms, sequence, weight FROM users "
        "WHERE segment = (SELECT no FROM segments WHERE id = ?) AND user > ? ORDER BY user LIMIT ?",
        segment,
        after or "",
        limit,
    )
    return [Member(*each) for each in found]


def size_history(store: Store, segment: str, since_ms: int, until_ms: int, n_points: int) -> list[SizePoint]:
    """Return sizes at `n_points` times, evenly up to `until_ms`, the first one at `since_ms`.

    Sizes follow from the users of now and the changes since, in whole hours. Before the first change known they are
    the first size.
    """
    found = store.row("SELECT no, n_users FROM segments WHERE id = ?", segment) if _is_text(segment) else None
    no, n_users = found or (-1, 0)
    span_ms, n_points = max(0, until_ms - since_ms), max(2, n_points)
    times = [since_ms + span_ms * at // (n_points - 1) for at in range(n_points)]
    hours = store.rows(
        "SELECT hour, n_entered, n_left FROM hours WHERE segment = ? AND hour > ? ORDER BY hour",
        no,
        since_ms // HOUR_MS,
    )
    bins = [(0, 0)] * (n_points + 1)
    for hour, n_entered, n_left in hours:
        at = next((i for i, time_ms in enumerate(times) if hour <= time_ms // HOUR_MS), n_points)
        bins[at] = bins[at][0] + n_entered, bins[at][1] + n_left
    gains = [n_entered - n_left for n_entered, n_left in bins]
    start = n_users - sum(gains)
    sizes = list(accumulate(gains[1:n_points], initial=start + gains[0]))
    return [SizePoint(t, n, *b) for t, n, b in zip(times, sizes, bins[:n_points], strict=True)]


def _segment_row(store: Store, row: tuple[Any, ...], total: int) -> SegmentRow:
    segment, name, rare, retired, n_users, value = row
    now_ms = newest_ms(store)
    since_ms = max(now_ms - TREND_MS, oldest_ms(store))
    sizes = tuple(point.n_users for point in size_history(store, segment, since_ms, now_ms, TREND_POINTS))
    n_entered, n_left = _moved(store, segment, now_ms - DAY_MS)
    return SegmentRow(
        id=segment,
        name=name,
        rare=bool(rare),
        retired=bool(retired),
        n_users=n_users,
        share=n_users / total if total and segment != INACTIVE else 0.0,
        n_entered=n_entered,
        n_left=n_left,
        trend=(sizes[-1] - sizes[0]) / sizes[0] if sizes[0] else None,
        sizes=sizes,
        description=msgspec.json.decode(value, type=CatalogueEntry).description if value else None,
    )


def _moved(store: Store, segment: str, since_ms: int) -> tuple[int, int]:
    """Return the changes into and out of a segment in the hours since."""
    found = store.row(
        "SELECT coalesce(sum(n_entered), 0), coalesce(sum(n_left), 0) FROM hours "
        "WHERE segment = (SELECT no FROM segments WHERE id = ?) AND hour > ?",
        segment,
        since_ms // HOUR_MS,
    )
    return (int(found[0]), int(found[1])) if found else (0, 0)
