"""Liveness and readiness of a worker, from its engines' events, with each reason in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import NamedTuple

from stream.runtime.events import Assigned, Delivered, EngineEvent, Idle, NotDelivered, Restored, Revoked, Watched
from stream.runtime.watched import FindingKind

TELL_S = 10.0  # a turn of a second or two is no news
FAILS = 2  # failed turns in a row that make a worker unready; one is ordinary in a rebalance
STOPPING = frozenset({FindingKind.NO_BROKER, FindingKind.MISSING})  # findings that let no record through


class Reason(NamedTuple):
    """A reason why a worker is not quite well. A `stopping` one makes it unhealthy after `stall_s` seconds."""

    words: str
    for_s: float
    stopping: bool
    unready: bool = False


Check = Callable[[], tuple[str, float] | None]  # words, and for how many seconds they have been true


@dataclass(slots=True)
class Liveness:
    """An observer that reports whether a worker is healthy and ready, and why not.

    Ready: the worker is in the group, all its assigned partitions are restored, a broker answers, and turns are
    delivered. Unhealthy: for `stall_s` seconds an engine has sent no event, or turns fail, or no broker answers. So it
    is if records of a partition wait that long while none is read, or one of `checks` finds fault that long.
    """

    stall_s: float = 60.0
    clock_s: Callable[[], float] = monotonic
    checks: Sequence[Check] = ()
    _owned: dict[str, set[int]] = field(default_factory=dict)
    _restoring: set[tuple[str, int]] = field(default_factory=set)
    _lag: dict[str, dict[int, int]] = field(default_factory=dict)
    _read: dict[tuple[str, int], tuple[int, float]] = field(default_factory=dict)  # position, and since when it waits
    _heard_s: dict[str, float] = field(default_factory=dict)
    _failing: dict[str, tuple[int, float, str]] = field(default_factory=dict)  # turns, since when, the last reason
    _findings: dict[tuple[str, str], Reason] = field(default_factory=dict)  # `for_s`: since when
    _lock: Lock = field(default_factory=Lock)  # between the engines' threads and the server's

    def __call__(self, event: EngineEvent) -> None:
        """Take an event into account."""
        with self._lock:
            self._heard_s[event.role] = self.clock_s()
            self._take(event)

    def is_healthy(self) -> bool:
        """Return False if a reason has stopped records for `stall_s` seconds."""
        return not any(reason.stopping and reason.for_s >= self.stall_s for reason in self.reasons())

    def is_ready(self) -> bool:
        """Return True if the segmenter has its assignment, all partitions are restored, and turns succeed."""
        unready = any(reason.unready for reason in self.reasons())
        return "segment" in self._owned and not self._restoring and not unready

    def reasons(self) -> list[Reason]:
        """Return every reason that holds now."""
        with self._lock:
            found = [*self._silent(), *self._waiting(), *self._failed(), *self._found(), *self._being_restored()]
        answers = [check() for check in self.checks]
        return [*found, *(Reason(*answer, stopping=True) for answer in answers if answer)]

    def report(self) -> dict[str, object]:
        """Return the figures behind both answers, for operators."""
        return {
            "healthy": self.is_healthy(),
            "ready": self.is_ready(),
            "reasons": [reason.words for reason in self.reasons()],
            "partitions": {role: sorted(partitions) for role, partitions in self._owned.items()},
            "restoring": len(self._restoring),
            "lag_records": {role: sum(lag.values()) for role, lag in self._lag.items()},
            "seconds_since_progress": round(self._longest_wait_s(), 1),
        }

    def _take(self, event: EngineEvent) -> None:
        match event:
            case Assigned(role, partitions):
                self._owned.setdefault(role, set()).update(partitions)
                self._restoring |= {(role, p) for p in partitions}
            case Restored(role, partition):
                self._restoring.discard((role, partition))
                self._read.pop((role, partition), None)
            case Revoked(role, partitions):
                self._owned.get(role, set()).difference_update(partitions)  # Faust also revokes before it assigns
                self._restoring -= {(role, p) for p in partitions}
                for partition in partitions:
                    self._read.pop((role, partition), None)
            case Idle(role, lag, positions) | Delivered(role, lag=lag, positions=positions):
                self._take_lag(role, lag, positions)
                wrote = isinstance(event, Delivered) and any(batch.n_changelog_bytes for batch in event.batches)
                if wrote or not any(lag.values()):
                    self._failing.pop(role, None)
            case NotDelivered(role, reason, lag):
                self._lag[role] = dict(lag)
                n, since_s, _ = self._failing.get(role, (0, self.clock_s(), ""))
                self._failing[role] = n + 1, since_s, reason
            case Watched(findings=findings):
                before, now_s = self._findings, self.clock_s()
                self._findings = {}
                for kind, topic, words in ((each.kind, each.topic, each.words) for each in findings):
                    since_s = before[kind, topic].for_s if (kind, topic) in before else now_s
                    stops = kind in STOPPING
                    self._findings[kind, topic] = Reason(words, since_s, stops, unready=stops)

    def _take_lag(self, role: str, lag: Mapping[int, int], positions: Mapping[int, int]) -> None:
        """Begin to wait anew in each partition that was read further, or to the end."""
        self._lag[role] = dict(lag)
        for partition, n in lag.items():
            position = positions.get(partition, 0)
            before, since_s = self._read.get((role, partition), (-1, 0.0))
            if n == 0 or before != position:
                since_s = self.clock_s()
            self._read[role, partition] = position, since_s

    def _silent(self) -> Iterator[Reason]:
        for role, heard_s in self._heard_s.items():
            for_s = self.clock_s() - heard_s
            if for_s >= min(TELL_S, self.stall_s):
                yield Reason(f"{role}: its turn has lasted {for_s:.0f} s", for_s, stopping=True)

    def _waiting(self) -> Iterator[Reason]:
        for role, waits in self._waits().items():
            for_s = max(waits.values(), default=0.0)
            stuck = sorted(p for p, wait_s in waits.items() if wait_s >= min(TELL_S, self.stall_s))
            if stuck:
                n = sum(self._lag[role][p] for p in stuck)
                words = f"{role}: {n} records wait in the partitions {stuck}, none was read for {for_s:.0f} s"
                yield Reason(words, for_s, stopping=True)

    def _failed(self) -> Iterator[Reason]:
        for role, (n, since_s, reason) in self._failing.items():
            for_s = self.clock_s() - since_s
            words = f"{role}: {n} turns in a row were not delivered, for {for_s:.0f} s: {reason}"
            yield Reason(words, for_s, stopping=True, unready=n >= FAILS)

    def _found(self) -> Iterator[Reason]:
        for finding in self._findings.values():
            yield finding._replace(for_s=self.clock_s() - finding.for_s)

    def _being_restored(self) -> Iterator[Reason]:
        for role in sorted({role for role, _ in self._restoring}):
            partitions = sorted(p for each, p in self._restoring if each == role)
            yield Reason(f"{role}: restoring the partitions {partitions}", 0.0, stopping=False)

    def _waits(self) -> dict[str, dict[int, float]]:
        """Return the seconds since each restored partition with waiting records was read, by role."""
        now_s = self.clock_s()
        return {
            role: {p: now_s - self._read[role, p][1] for p, n in lag.items() if n and self._is_reading(role, p)}
            for role, lag in self._lag.items()
        }

    def _is_reading(self, role: str, partition: int) -> bool:
        return (role, partition) in self._read and (role, partition) not in self._restoring

    def _longest_wait_s(self) -> float:
        with self._lock:
            return max((wait_s for waits in self._waits().values() for wait_s in waits.values()), default=0.0)
