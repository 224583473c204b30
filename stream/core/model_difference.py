"""What is different between two segment models, segment by segment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stream.core.profile import Profiles, Vectors
from stream.core.segment_model import Description, Scaler, SegmentModel
from stream.core.serving import alike


@dataclass(frozen=True, slots=True)
class SegmentDifference:
    """One segment in both models; `before` None: born, `after` None: retired.

    `moved` is how far the centroid went, in parts of the distance from it at which profiles become unknown. None:
    the segment is not in both, or the models are of different encoders or features and have no space in common.
    """

    segment: str
    before: Description | None
    after: Description | None
    moved: float | None


def differences(before: SegmentModel, after: SegmentModel) -> tuple[SegmentDifference, ...]:
    """Every segment of either model, in order of ids."""
    moved = _moved(before, after)
    was, now = (dict(zip(model.ids, model.descriptions, strict=True)) for model in (before, after))
    segments = sorted({*before.ids, *after.ids})
    return tuple(SegmentDifference(s, was.get(s), now.get(s), moved.get(s)) for s in segments)


def _moved(before: SegmentModel, after: SegmentModel) -> dict[str, float]:
    """By id of the segments in both: the distance between centroids in the space of `after`, in its thresholds."""
    kept = [segment for segment in after.ids if segment in before.ids]
    if not kept or not alike(before, after):
        return {}
    rows = [after.ids.index(segment) for segment in kept]
    was = before.centroids[[before.ids.index(segment) for segment in kept]]
    moved = after.centroids[rows] - after.scaler.transform(_raw(before.scaler, was))
    return dict(zip(kept, (np.sqrt(np.square(moved).sum(axis=1)) / after.thresholds[rows]).tolist(), strict=True))


def _raw(scaler: Scaler, standardised: Vectors) -> Profiles:
    """The n profiles that the scaler standardises to these rows (n, n_features + d). A half without weight was lost
    on the way, and comes back as the mean."""
    n_features = len(scaler.explicit_mean)
    explicit_part = np.sqrt((1 - scaler.semantic_weight) / max(n_features, 1))
    semantic_part = np.sqrt(scaler.semantic_weight)
    explicit = standardised[:, :n_features] / (explicit_part or 1.0) * scaler.explicit_scale + scaler.explicit_mean
    semantic = standardised[:, n_features:] * (scaler.semantic_scale / (semantic_part or 1.0)) + scaler.semantic_mean
    return Profiles(explicit, semantic.astype(np.float32))
