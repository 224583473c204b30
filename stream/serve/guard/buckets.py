"""A rate for each client: a token bucket, as of Turner, "New Directions in Communications", 1986."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

N_CLIENTS_MAX = 10_000  # of which each takes about 200 bytes; the one that has not asked for longest is forgotten
BURST_S = 2.0


class Buckets:
    """A bucket for each client, filled at `rate` a second up to twice the rate."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._size = max(rate * BURST_S, 1.0)
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def wait_s(self, client: Hashable, now_s: float) -> float:
        """Take one request from the client's bucket and return 0.0, or the time until the next one."""
        level, at_s = self._buckets.pop(client, (self._size, now_s))
        level = min(self._size, level + (now_s - at_s) * self._rate)
        allowed = level >= 1.0
        self._buckets[client] = (level - 1.0 if allowed else level, now_s)
        if len(self._buckets) > N_CLIENTS_MAX:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1.0 - level) / self._rate
