"""Where a segmenter takes the serving segment model from."""

from __future__ import annotations

from typing import Protocol

from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving


class ModelSource(Protocol):
    """A source of the serving segment model."""

    def newest(self) -> Serving | None:
        """Return the serving model, with the previous one during a rollout; None before the first model."""
        ...

    def is_caught_up(self) -> bool:
        """Return True if every model published so far has been read."""
        ...

    def behind(self) -> tuple[str, float] | None:
        """Return what waits to be read, in words, and for how many seconds; None for nothing."""
        ...


class FixedModel:
    """A `ModelSource` with a settable model, for fixed models and replays."""

    def __init__(self, model: SegmentModel | None) -> None:
        self.serving = Serving(model) if model else None

    @property
    def model(self) -> SegmentModel | None:
        """The serving model."""
        return self.serving.model if self.serving else None

    def newest(self) -> Serving | None:
        """Return `serving`."""
        return self.serving

    def is_caught_up(self) -> bool:
        """Return True."""
        return True

    def behind(self) -> None:
        """Return None: nothing is read."""

    def close(self) -> None:
        """Return at once: nothing is connected."""
