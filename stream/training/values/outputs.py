"""Outputs of training as values; the form on a topic is not here."""

from __future__ import annotations

from dataclasses import dataclass

from stream.core.segment_model import SegmentModel
from stream.training.values.health import Health, HealthWarning
from stream.training.values.promotion import Promotion
from stream.training.values.state import TrainerState


@dataclass(frozen=True, slots=True)
class Published:
    """A model built, and not serving before a promotion."""

    model: SegmentModel


@dataclass(frozen=True, slots=True)
class Retracted:
    """A model no longer kept."""

    version: int


@dataclass(frozen=True, slots=True)
class Served:
    """A model that serves from now on, and the `previous` one; segments only in the previous one are retired."""

    model: SegmentModel
    previous: SegmentModel | None


Output = Published | Retracted | Served | Promotion | Health | HealthWarning

Step = tuple[TrainerState, tuple[Output, ...]]
"""The next state of the trainer, and what is published on the way to it."""


@dataclass(frozen=True, slots=True)
class TrainResult:
    """Result of training: the next state (None before the warm-up) and what is published.

    `n_skipped` samples of a warm-up had vectors of another dimension than most.
    """

    state: TrainerState | None
    outputs: tuple[Output, ...] = ()
    n_skipped: int = 0
