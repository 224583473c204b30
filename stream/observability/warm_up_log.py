"""Log lines about the progress of a warm-up, so that one that never ends is noticed."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import structlog

from stream.observability.status import TrainerStatus
from stream.runtime.events import Delivered, EngineEvent, Idle

_EVERY_S = 86_400.0


class WarmUpLog:
    """An observer that logs a line when a warm-up begins, and a warning for every day that it lasts."""

    def __init__(self, trainer: TrainerStatus, now_s: Callable[[], float] = monotonic) -> None:
        self._trainer, self._now_s = trainer, now_s
        self._next_s: float | None = None

    def __call__(self, event: EngineEvent) -> None:
        """Check the trainer after each of its turns."""
        if not isinstance(event, Delivered | Idle) or event.role != self._trainer.role:
            return
        warm_up, now_s = self._trainer.warm_up, self._now_s()
        if warm_up is None:
            self._next_s = None
        elif self._next_s is None or now_s >= self._next_s:
            log = structlog.get_logger()
            (log.info if self._next_s is None else log.warning)(
                "no segments yet, the warm-up waits for samples",
                samples=warm_up[0],
                needed=warm_up[1],
                unusable=self._trainer.n_unreadable,
            )
            self._next_s = now_s + _EVERY_S
