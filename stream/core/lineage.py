"""What becomes of segments from one segment model to the next, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lineage:
    """One event in a segment's life. `share` is its part of the sampled population in that segment model."""

    segment: str
    event: str  # born | retired
    parents: tuple[str, ...]
    model_version: int
    share: float
