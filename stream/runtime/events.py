"""The events of an engine's life cycle, as frozen values, and the observers that receive them.

An observer never changes what the engine does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stream.runtime.job import BatchSummary


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
    """A turn had no work. `lag` is the number of waiting records of each partition."""

    role: str
    lag: dict[int, int]


@dataclass(frozen=True, slots=True)
class Delivered:
    """A turn was delivered and merged: its batches, the time it took, and the records that still wait."""

    role: str
    batches: Sequence[BatchSummary]
    compute_s: float
    deliver_s: float
    lag: dict[int, int]


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


EngineEvent = Assigned | Restored | Revoked | Idle | Delivered | NotDelivered | ClientWarning
Observer = Callable[[EngineEvent], None]


def fan_out(*observers: Observer) -> Observer:
    """Return one observer that notifies all of these, in order."""

    def notify(event: EngineEvent) -> None:
        for observer in observers:
            observer(event)

    return notify
