"""Liveness and readiness of a worker, from its engines' events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from stream.runtime.events import Assigned, ClientWarning, Delivered, EngineEvent, Idle, NotDelivered, Restored, Revoked


@dataclass(slots=True)
class Liveness:
    """An observer that reports whether a worker is healthy and ready.

    Ready: the worker is in the group, and all its assigned partitions are restored. Unhealthy: records have waited for
    `stall_s` seconds without progress, or an engine has sent no event for that long.
    """

    stall_s: float = 60.0
    clock_s: Callable[[], float] = monotonic
    _owned: dict[str, set[int]] = field(default_factory=dict)
    _restoring: set[tuple[str, int]] = field(default_factory=set)
    _lag: dict[str, int] = field(default_factory=dict)
    _heard_s: dict[str, float] = field(default_factory=dict)
    _progress_s: float = field(init=False)

    def __post_init__(self) -> None:
        self._progress_s = self.clock_s()

    def __call__(self, event: EngineEvent) -> None:
        """Take an event into account."""
        self._heard_s[event.role] = self.clock_s()
        match event:
            case Assigned(role, partitions):
                self._owned.setdefault(role, set()).update(partitions)
                self._restoring |= {(role, p) for p in partitions}
            case Restored(role, partition):
                self._restoring.discard((role, partition))
            case Revoked(role, partitions):
                self._owned.get(role, set()).difference_update(partitions)  # Faust also revokes before it assigns
                self._restoring -= {(role, p) for p in partitions}
            case Idle(role, lag) | Delivered(role, lag=lag) | NotDelivered(role, lag=lag):
                self._lag[role] = sum(lag.values())
        if not isinstance(event, Idle | NotDelivered | ClientWarning) or not any(self._lag.values()):
            self._progress_s = self.clock_s()

    def is_healthy(self) -> bool:
        """Return False if records wait without progress, or an engine is silent, for `stall_s` seconds."""
        silent = any(self.clock_s() - heard_s >= self.stall_s for heard_s in self._heard_s.values())
        stalled = any(self._lag.values()) and self._since_progress_s() >= self.stall_s
        return not silent and not stalled

    def is_ready(self) -> bool:
        """Return True if the segmenter has its assignment, and all partitions are restored. Models are read before."""
        return "segment" in self._owned and not self._restoring

    def report(self) -> dict[str, object]:
        """Return the figures behind both answers, for operators."""
        return {
            "healthy": self.is_healthy(),
            "ready": self.is_ready(),
            "partitions": {role: sorted(partitions) for role, partitions in self._owned.items()},
            "restoring": len(self._restoring),
            "lag_records": dict(self._lag),
            "seconds_since_progress": round(self._since_progress_s(), 1),
        }

    def _since_progress_s(self) -> float:
        return self.clock_s() - self._progress_s
