"""Net moves: users whose segment at a later time is another than at an earlier one."""

from __future__ import annotations

from collections import Counter

from stream.store.queries.sizes import EXACT_MS
from stream.store.schema import HOUR_MS
from stream.store.store import Store, newest_ms


def net_moves(store: Store, since_ms: int, until_ms: int) -> Counter[tuple[str, str]]:
    """Return the users by segment at `since_ms` and at `until_ms`, where both differ, as sizes at these times.

    A user who went and came back is not counted. `pending` is before the first result.
    """
    if newest_ms(store) - since_ms > EXACT_MS:  # as for sizes: to the end of the hour
        since_ms, until_ms = ((time_ms // HOUR_MS + 1) * HOUR_MS - 1 for time_ms in (since_ms, until_ms))
    changes = store.rows(
        "SELECT c.user, o.id, t.id FROM changes c "
        "JOIN segments o ON o.no = c.origin JOIN segments t ON t.no = c.target "
        "WHERE c.time_ms > ? AND c.time_ms <= ? ORDER BY c.user, c.sequence, c.time_ms",
        *(since_ms, until_ms),
    )
    ends: dict[int, tuple[str, str]] = {}
    for user, origin, target in changes:
        ends[user] = ends[user][0] if user in ends else origin, target
    return Counter((a, b) for a, b in ends.values() if a != b)
