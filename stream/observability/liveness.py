"""Whether a worker is alive and ready, from what its engine reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from stream.runtime.events import Assigned, ClientWarning, Delivered, EngineEvent, Idle, NotDelivered, Restored, Revoked


@dataclass(slots=True)
class Health:
    """Ready: in the group, and what was assigned is restored (a spare worker has nothing to restore). Not healthy: for
    `stall_s` records waited without progress, or an engine was not heard of at all."""

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
        """Take note; an engine's observer."""
        self._heard_s[event.role] = self.clock_s()
        match event:
            case Assigned(role, partitions):
                self._owned.setdefault(role, set()).update(partitions)
                self._restoring |= {(role, p) for p in partitions}
            case Restored(role, partition):
                self._restoring.discard((role, partition))
            case Revoked(role, partitions):
                self._owned.setdefault(role, set()).difference_update(partitions)
                self._restoring -= {(role, p) for p in partitions}
            case Idle(role, lag) | Delivered(role, lag=lag):
                self._lag[role] = sum(lag.values())
        if not isinstance(event, Idle | NotDelivered | ClientWarning) or not any(self._lag.values()):
            self._progress_s = self.clock_s()

    def is_healthy(self) -> bool:
        """False when records have been waiting for `stall_s` without progress, or a loop has been silent so long."""
        silent = any(self.clock_s() - heard_s >= self.stall_s for heard_s in self._heard_s.values())
        stalled = any(self._lag.values()) and self._since_progress_s() >= self.stall_s
        return not silent and not stalled

    def is_ready(self) -> bool:
        """True when the segmenter knows its partitions and all are restored. Models are read before it joins."""
        return "segment" in self._owned and not self._restoring

    def report(self) -> dict[str, object]:
        """For people."""
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
