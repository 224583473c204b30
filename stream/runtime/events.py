"""The events of an engine's life cycle, as frozen values, and the observers that receive them.

An observer never changes what the engine does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from stream.runtime.job import BatchSummary
from stream.runtime.watched import Finding, Move


@dataclass(frozen=True, slots=True)
class Assigned:
    """Partitions were assigned; their states are not restored yet."""

    role: str
    partitions: list[int]


@dataclass(frozen=True, slots=True)
class Restored:
    """A partition's state is complete."""

    role: str
    partition: int


@dataclass(frozen=True, slots=True)
class Revoked:
    """Partitions were revoked."""

    role: str
    partitions: list[int]


@dataclass(frozen=True, slots=True)
class Idle:
    """A turn had no work. `lag` has the waiting records of each partition, `positions` the offset it was read to."""

    role: str
    lag: dict[int, int]
    positions: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivered:
    """A turn was delivered and merged: its batches, the time it took, and lag and positions as of `Idle`."""

    role: str
    batches: Sequence[BatchSummary]
    compute_s: float
    deliver_s: float
    lag: dict[int, int]
    positions: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """A turn was aborted; its records come again. `lag` is the number of waiting records of each partition."""

    role: str
    reason: str
    lag: dict[int, int]


@dataclass(frozen=True, slots=True)
class ClientWarning:
    """A Kafka client reported an error that it recovers from."""

    role: str
    message: str


@dataclass(frozen=True, slots=True)
class PositionMoved:
    """A partition of `topic` continues at another offset, since its log is another one or was cut."""

    role: str
    topic: str
    partition: int
    before: int
    move: Move


@dataclass(frozen=True, slots=True)
class Watched:
    """A look of the topic watch, with all that is worth telling now. Its role is `watch`."""

    role: str
    findings: tuple[Finding, ...]


EngineEvent = Assigned | Restored | Revoked | Idle | Delivered | NotDelivered | ClientWarning | PositionMoved | Watched
Observer = Callable[[EngineEvent], None]


def fan_out(*observers: Observer) -> Observer:
    """Return one observer that notifies all of these, in order."""

    def notify(event: EngineEvent) -> None:
        for observer in observers:
            observer(event)

    return notify
