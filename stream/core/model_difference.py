"""Differences between two segment models, segment by segment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stream.core.description import Description
from stream.core.segment_model import SegmentModel


@dataclass(frozen=True, slots=True)
class SegmentDifference:
    """A segment in two models; `before` None: born, `after` None: retired.

    `moved` is the distance between the centroids, in thresholds of the segment. None: the segment is not in both
    models, or the models are of different spaces: another generation, encoder or other features.
    """

    segment: str
    before: Description | None
    after: Description | None
    moved: float | None


def differences(before: SegmentModel, after: SegmentModel) -> tuple[SegmentDifference, ...]:
    """Return the difference of every segment of either model, in order of ids."""
    moved = _moved(before, after)
    was, now = (dict(zip(model.ids, model.descriptions, strict=True)) for model in (before, after))
    segments = sorted({*before.ids, *after.ids})
    return tuple(SegmentDifference(s, was.get(s), now.get(s), moved.get(s)) for s in segments)


def _moved(before: SegmentModel, after: SegmentModel) -> dict[str, float]:
    """Return, for segments in both models, the distance between centroids in thresholds of `after`."""
    kept = [segment for segment in after.ids if segment in before.ids]
    if not kept or not before.has_space_of(after):
        return {}
    rows = [after.ids.index(segment) for segment in kept]
    moved = after.centroids[rows] - before.centroids[[before.ids.index(segment) for segment in kept]]
    return dict(zip(kept, (np.sqrt(np.square(moved).sum(axis=1)) / after.thresholds[rows]).tolist(), strict=True))
