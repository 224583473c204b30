"""Says in the log how far the warm-up is: one that never ends looks like one that has just begun."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Protocol

import structlog

from stream.runtime.events import Delivered, EngineEvent, Idle

_EVERY_S = 86_400.0


class Warming(Protocol):
    """Who waits for samples, in turns of `role`; `n_unreadable` of them could not be used."""

    role: str
    n_unreadable: int

    @property
    def warming(self) -> tuple[int, int] | None:
        """How many samples wait for the first segments, and how many these take; None where none are waited for."""
        ...


class WarmUpLog:
    """An engine's observer: a line when a warm-up begins here, and a warning for every day that it has gone on."""

    def __init__(self, trainer: Warming, now_s: Callable[[], float] = monotonic) -> None:
        self._trainer, self._now_s = trainer, now_s
        self._next_s: float | None = None

    def __call__(self, event: EngineEvent) -> None:
        """Look at the trainer after each of its turns."""
        if not isinstance(event, Delivered | Idle) or event.role != self._trainer.role:
            return
        warming, now_s = self._trainer.warming, self._now_s()
        if warming is None:
            self._next_s = None
        elif self._next_s is None or now_s >= self._next_s:
            log = structlog.get_logger()
            (log.info if self._next_s is None else log.warning)(
                "no segments yet, the warm-up waits for samples",
                samples=warming[0],
                of=warming[1],
                unusable=self._trainer.n_unreadable,
            )
            self._next_s = now_s + _EVERY_S
