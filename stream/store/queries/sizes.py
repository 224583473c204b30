"""Sizes of segments over time: the users of now, less the changes since then.

Before the first change that the store knows, a size is what it was at that change.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate

from stream.core.policy import DAY_MS
from stream.store.schema import HOUR_MS
from stream.store.store import Store, is_storable, newest_ms

EXACT_MS = 2 * DAY_MS  # a longer period counts changes at the beginning of their hour

Moves = dict[int, tuple[int, int]]  # changes into and out of a segment, by point; the last one is after all points

_EXACT = "SELECT time_ms AS at_ms, target AS segment, 1 AS n_in, 0 AS n_out FROM changes WHERE time_ms > ?1 UNION ALL "
_EXACT += "SELECT time_ms, origin, 0, 1 FROM changes WHERE time_ms > ?1"
_HOURLY = f"SELECT hour * {HOUR_MS} AS at_ms, segment, n_entered AS n_in, n_left AS n_out FROM hours WHERE "
_HOURLY += f"hour > ?1 / {HOUR_MS}"


@dataclass(frozen=True, slots=True)
class SizePoint:
    """A size at `time_ms`, and the changes into and out of the segment since the point before."""

    time_ms: int
    n_users: int
    n_entered: int
    n_left: int


def size_history(store: Store, segment: str, since_ms: int, until_ms: int, n_points: int) -> list[SizePoint]:
    """Return sizes at `n_points` times, 2 or more, from `since_ms` evenly to `until_ms`.

    The first point has no changes. A period that begins in the last two days is exact; a longer one has whole hours.
    """
    found = store.row("SELECT no, n_users FROM segments WHERE id = ?", segment) if is_storable(segment) else None
    no, n_users = found or (-1, 0)
    return points(n_users, moves(store, since_ms, until_ms, n_points)[no], since_ms, until_ms, n_points)


def moves(store: Store, since_ms: int, until_ms: int, n_points: int) -> dict[int, Moves]:
    """Return the changes between points for all segments, by number of the segment."""
    span_ms, source = max(1, until_ms - since_ms), _EXACT if newest_ms(store) - since_ms <= EXACT_MS else _HOURLY
    rows = store.rows(
        "SELECT segment, CASE WHEN at_ms > ?2 THEN ?3 ELSE ((at_ms - ?1) * (?3 - 1) + ?4 - 1) / ?4 END AS point, "
        f"sum(n_in), sum(n_out) FROM ({source}) GROUP BY 1, 2",
        *(since_ms, until_ms, n_points, span_ms),
    )
    found: dict[int, Moves] = defaultdict(dict)
    for segment, point, n_in, n_out in rows:
        found[segment][point] = n_in, n_out
    return found


def points(n_users: int, moved: Moves, since_ms: int, until_ms: int, n_points: int) -> list[SizePoint]:
    """Return the points of a segment that has `n_users` after all its `moved`."""
    times = [since_ms + (until_ms - since_ms) * at // (n_points - 1) for at in range(n_points)]
    first = n_users - sum(n_in - n_out for n_in, n_out in moved.values())
    between = [moved.get(at, (0, 0)) for at in range(1, n_points)]
    sizes = accumulate((n_in - n_out for n_in, n_out in between), initial=first)
    return [SizePoint(t, n, *each) for t, n, each in zip(times, sizes, [(0, 0), *between], strict=True)]
