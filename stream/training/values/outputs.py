"""What training says to the world, as values; how they look on a topic is not here."""

from __future__ import annotations

from dataclasses import dataclass

from stream.core.segment_model import SegmentModel
from stream.training.values.health import Health, HealthWarning
from stream.training.values.promotion import Promotion


@dataclass(frozen=True, slots=True)
class Published:
    """A model that was made; it serves only when a promotion says so."""

    model: SegmentModel


@dataclass(frozen=True, slots=True)
class Retracted:
    """A model that nobody can go back to any more."""

    version: int


@dataclass(frozen=True, slots=True)
class Served:
    """The model that serves from now on: its segments are the catalogue; what the `former` one said of those that are
    gone stays, but for their members."""

    model: SegmentModel
    former: SegmentModel | None


Output = Published | Retracted | Served | Promotion | Health | HealthWarning
