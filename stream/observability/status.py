"""The two jobs as observers see them: each protocol has the fields that metrics and logs read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from stream.core.partition import PartitionState
from stream.core.segment_model import SegmentModel
from stream.training.values.health import Health


class SegmenterStatus(Protocol):
    """A segmenter: its role, its partitions and the serving model."""

    role: str

    @property
    def partitions(self) -> Mapping[int, PartitionState]:
        """Owned partitions."""
        ...

    @property
    def segment_model(self) -> SegmentModel | None:
        """The serving model; None before the first."""
        ...


class TrainerStatus(Protocol):
    """A trainer. `n_unreadable` counts the samples and commands that could not be used."""

    role: str
    n_unreadable: int

    @property
    def warm_up(self) -> tuple[int, int] | None:
        """Samples that wait for the first segment model, and samples it needs; None after the warm-up."""
        ...

    @property
    def health(self) -> Health | None:
        """The newest health report; None before the first, and without the trainer's partition."""
        ...
