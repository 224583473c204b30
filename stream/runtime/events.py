"""What an engine tells those who watch it: one frozen value for each thing that happens, handed to small sinks.

Watching never changes what happens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stream.runtime.job import Batch


@dataclass(frozen=True, slots=True)
class Assigned:
    """Partitions came; their states are not restored yet."""

    role: str
    partitions: list[int]


@dataclass(frozen=True, slots=True)
class Restored:
    """A partition's state is complete."""

    role: str
    partition: int


@dataclass(frozen=True, slots=True)
class Revoked:
    """Partitions went to somebody else."""

    role: str
    partitions: list[int]


@dataclass(frozen=True, slots=True)
class Idle:
    """A turn had nothing to do; `lag` is what waits in each partition, in records."""

    role: str
    lag: dict[int, int]


@dataclass(frozen=True, slots=True)
class Delivered:
    """A turn is done and true: its batches, how long computing and delivering took, and what still waits."""

    role: str
    batches: Sequence[Batch]
    compute_s: float
    deliver_s: float
    lag: dict[int, int]


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """A turn never happened; its records come again."""

    role: str
    reason: str


@dataclass(frozen=True, slots=True)
class ClientWarning:
    """The client reports something that it means to get over by itself."""

    role: str
    what: str


EngineEvent = Assigned | Restored | Revoked | Idle | Delivered | NotDelivered | ClientWarning
Observer = Callable[[EngineEvent], None]


def fan_out(*observers: Observer) -> Observer:
    """One observer that tells all of these, in order."""

    def told(event: EngineEvent) -> None:
        for observer in observers:
            observer(event)

    return told
