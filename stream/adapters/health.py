"""Whether a worker is alive and ready, from what its engine reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from stream.engines.happenings import Assigned, Delivered, Happening, Idle, NotDelivered, Restored, Revoked, Trouble


@dataclass(slots=True)
class Health:
    """Ready: partitions assigned, states restored. Not healthy: records wait and no progress was made for `stall_s`."""

    stall_s: float = 60.0
    clock_s: Callable[[], float] = monotonic
    _owned: dict[str, set[int]] = field(default_factory=dict)
    _restoring: set[tuple[str, int]] = field(default_factory=set)
    _lag: dict[str, int] = field(default_factory=dict)
    _progress_s: float = field(init=False)

    def __post_init__(self) -> None:
        self._progress_s = self.clock_s()

    def __call__(self, happening: Happening) -> None:
        """Take note; an engine's observer."""
        match happening:
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
        if not isinstance(happening, Idle | NotDelivered | Trouble) or not any(self._lag.values()):
            self._progress_s = self.clock_s()

    def is_healthy(self) -> bool:
        """False when records have been waiting for `stall_s` without progress."""
        return not any(self._lag.values()) or self._since_progress_s() < self.stall_s

    def is_ready(self) -> bool:
        """True when the segmenter owns partitions and all are restored. Models are read before any is assigned."""
        return bool(self._owned.get("segment")) and not self._restoring

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
