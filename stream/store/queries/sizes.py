"""Changes into and out of segments between points in time."""

from __future__ import annotations

from collections import defaultdict

from stream.core.policy import DAY_MS
from stream.store.schema import HOUR_MS
from stream.store.store import Store, newest_ms

EXACT_MS = 2 * DAY_MS  # a longer period counts changes at the beginning of their hour

Moves = dict[int, tuple[int, int]]  # changes into and out of a segment, by point; the last one is after all points

_EXACT = "SELECT time_ms AS at_ms, target AS segment, 1 AS n_in, 0 AS n_out FROM changes WHERE time_ms > ?1 UNION ALL "
_EXACT += "SELECT time_ms, origin, 0, 1 FROM changes WHERE time_ms > ?1"
_HOURLY = f"SELECT hour * {HOUR_MS} AS at_ms, segment, n_entered AS n_in, n_left AS n_out FROM hours WHERE "
_HOURLY += f"hour > ?1 / {HOUR_MS}"


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
