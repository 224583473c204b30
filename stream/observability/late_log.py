"""Log lines about a stream that is used up without effect: nearly all events are older than the window."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic, time

import structlog

from stream.core.outcome import Counted
from stream.core.policy import DAY_MS
from stream.runtime.events import Delivered, EngineEvent

LATE_MIN = 20  # late events before the first line
LATE_SHARE = 0.9  # of the events since the last line
_FIRST_S, _EVERY_S = 5.0, 600.0  # a first line soon, since a new user waits for it


class LateLog:
    """An observer that warns when nearly all events are late, soon after the first and then every ten minutes."""

    def __init__(self, window_ms: int, now_s: Callable[[], float] = monotonic) -> None:
        self._window_ms, self._now_s = window_ms, now_s
        self._outcomes = Counter[str]()
        self._newest_ms = 0
        self._next_s = now_s() + _FIRST_S

    def __call__(self, event: EngineEvent) -> None:
        """Count the outcomes of a delivered turn."""
        if not isinstance(event, Delivered):
            return
        for batch in event.batches:
            self._outcomes.update(batch.outcomes)
            self._newest_ms = max(self._newest_ms, batch.newest_late_ms)
        if self._now_s() >= self._next_s and self._outcomes.total():
            self._warn()

    def _warn(self) -> None:
        n_late = self._outcomes[Counted.LATE]
        n_events = n_late + self._outcomes[Counted.APPLIED] + self._outcomes[Counted.DUPLICATE]
        if n_late < LATE_MIN and n_late:  # too few to tell: go on counting
            return
        if n_late > LATE_SHARE * n_events:
            structlog.get_logger().warning(
                "nearly all events are older than the window and change nothing; `segue backfill` brings a past in, "
                "and SEGUE_WINDOW_MS is the length of the window",
                late=n_late,
                of=n_events,
                newest=f"{datetime.fromtimestamp(self._newest_ms / 1000, UTC):%Y-%m-%d %H:%M}",
                days_old=round((time() * 1000 - self._newest_ms) / DAY_MS, 1),
                window_days=round(self._window_ms / DAY_MS, 1),
            )
        self._outcomes.clear()
        self._newest_ms = 0
        self._next_s = self._now_s() + _EVERY_S
