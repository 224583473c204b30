"""Log lines about the progress of a warm-up, so that one that takes long, or never ends, is noticed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic

import structlog

from stream.observability.status import TrainerStatus
from stream.runtime.events import Delivered, EngineEvent, Idle

_WAITS_S = (60.0, 600.0, 3_600.0)  # between the first lines
_DAY_S = 86_400.0  # between later ones
_MEASURED_S = 30.0  # a rate of a shorter time says nothing


class WarmUpLog:
    """An observer that logs a line when a warm-up begins, then more and more seldom, and a warning every day.

    Once no sample waits to be read, the rate of new ones tells when the first model comes.
    """

    def __init__(
        self,
        trainer: TrainerStatus,
        now_s: Callable[[], float] = monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._trainer, self._now_s, self._wall = trainer, now_s, wall
        self._next_s: float | None = None
        self._n_lines = 0
        self._began: tuple[float, int] | None = None  # when the samples were read to the end, and their number

    def __call__(self, event: EngineEvent) -> None:
        """Check the trainer after each of its turns."""
        if not isinstance(event, Delivered | Idle) or event.role != self._trainer.role:
            return
        warm_up, now_s = self._trainer.warm_up, self._now_s()
        if warm_up is None:
            self._next_s, self._n_lines, self._began = None, 0, None
            return
        if self._began is None and not any(event.lag.values()):
            self._began = now_s, warm_up[0]
        if self._next_s is None or now_s >= self._next_s:
            self._write(warm_up, now_s)

    def _write(self, warm_up: tuple[int, int], now_s: float) -> None:
        is_late = self._n_lines > len(_WAITS_S)
        log = structlog.get_logger()
        (log.warning if is_late else log.info)(
            "no segments yet, the warm-up waits for samples",
            samples=warm_up[0],
            needed=warm_up[1],
            unusable=self._trainer.n_unreadable,
            first_model=self._first_model(warm_up, now_s),
        )
        self._next_s = now_s + (_WAITS_S[self._n_lines] if self._n_lines < len(_WAITS_S) else _DAY_S)
        self._n_lines += 1

    def _first_model(self, warm_up: tuple[int, int], now_s: float) -> str:
        """Return when the first model comes, at the rate of samples so far."""
        if self._began is None or now_s - self._began[0] < _MEASURED_S:
            return "not known yet"
        measured_s, n_new = now_s - self._began[0], warm_up[0] - self._began[1]
        if n_new <= 0:
            return "never at this rate: no new sample; a sample is a user with enough items, once a sampling period"
        wait_s = (warm_up[1] - warm_up[0]) * measured_s / n_new
        if wait_s > 10 * 365 * _DAY_S:
            return "in more than ten years"
        return f"about {self._wall() + timedelta(seconds=wait_s):%Y-%m-%d %H:%M} UTC"
