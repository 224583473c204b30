"""The layout of the dashboard: fitted once in a child process of low priority, then kept in a file beside the store."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from stream.maps.landmarks import Landmarks
from stream.maps.methods import Method


class LayoutState(StrEnum):
    """State of a layout: `too_few` users have a provisional one, by PCA."""

    READY = "ready"
    FITTING = "fitting"
    TOO_FEW = "too_few"
    NO_MODEL = "no_model"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout and its state; `landmarks` is None while there is nothing to show, and `reason` is a sentence."""

    state: LayoutState
    reason: str
    landmarks: Landmarks | None = None
    method: Method = Method.TSNE_2D


class LayoutKeeper:
    """A keeper of the layout of a store in `path`; `current` never waits for a fit."""

    def __init__(self, store: Path, path: Path) -> None:
        self.store, self.path = store, path

    def current(self) -> Layout:
        """Return the layout as it is now, and start a fit in a child process if one is due."""
        return Layout(LayoutState.NO_MODEL, "no segment model yet")

    def close(self) -> None:
        """End a fit that runs."""
