"""Users whose texts are alike: a ring of ids is a small dense group among the users of the last days."""

from __future__ import annotations

import numpy as np

from stream.core.arrays import Vectors
from stream.core.policy import DAY_MS

RECENT_MS = 14 * DAY_MS
MASS_MIN = 6.0  # effective items: two people who bought three things each are alike by chance
_MOST = 20_000  # users that are compared; the one seen longest ago makes room
_GROWS = 1_024


class Twins:
    """A store of the newest semantic halves of recent users, in the rows of one matrix."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._users: list[str] = []  # by row; "" is free
        self._vectors = np.zeros((0, 0), np.float32)
        self._seen_ms = np.zeros(0, np.int64)

    def nearest(self, user: str, semantic: Vectors, now_ms: int, n: int) -> list[tuple[str, float]]:
        """Return the `n` users of the last RECENT_MS nearest to `semantic (d,)`, and their cosines, the nearest first.

        The user is left out. Return fewer if there are fewer.
        """
        if not self._users:
            return []
        cosines = np.where(self._seen_ms > max(now_ms - RECENT_MS, 0), self._vectors @ semantic, -np.inf)
        if user in self._rows:
            cosines[self._rows[user]] = -np.inf
        best = np.argpartition(-cosines, n)[:n]
        best = best[np.argsort(-cosines[best], kind="stable")]
        return [(self._users[row], float(cosines[row])) for row in best if np.isfinite(cosines[row])]

    def put(self, user: str, semantic: Vectors, now_ms: int) -> None:
        """Replace the semantic half of a user."""
        row = self._row(user, len(semantic))
        self._vectors[row], self._seen_ms[row] = semantic, now_ms

    def forget(self, user: str) -> None:
        """Drop a user."""
        row = self._rows.pop(user, None)
        if row is not None:
            self._users[row], self._vectors[row], self._seen_ms[row] = "", 0.0, 0

    def _row(self, user: str, dimension: int) -> int:
        if user not in self._rows:
            row = self._free_row(dimension)
            self._rows[user], self._users[row] = row, user
        return self._rows[user]

    def _free_row(self, dimension: int) -> int:
        if len(self._rows) < len(self._users):
            return int(np.argmin(self._seen_ms))  # a free one has 0
        if len(self._users) >= _MOST:
            row = int(np.argmin(self._seen_ms))
            self.forget(self._users[row])
            return row
        vectors = np.zeros((len(self._users) + _GROWS, dimension), np.float32)
        if self._users:
            vectors[: len(self._users)] = self._vectors
        self._vectors = vectors
        self._seen_ms = np.append(self._seen_ms, np.zeros(_GROWS, np.int64))
        self._users += [""] * _GROWS
        return len(self._users) - _GROWS
