"""The gate of the smallest audience: segments of too few users do not decide."""

from __future__ import annotations

from dataclasses import replace

from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving


def with_large_segments(serving: Serving | None, n_users: int) -> Serving | None:
    """Return the models without the segments that they describe with fewer than `n_users`.

    A model without any other segment does not decide: None, or no previous model.
    """
    if serving is None or n_users == 0:
        return serving
    model = _large(serving.model, n_users)
    previous = _large(serving.previous, n_users) if serving.previous else None
    return replace(serving, model=model, previous=previous) if model else None


def _large(model: SegmentModel, n_users: int) -> SegmentModel | None:
    rows = [row for row, each in enumerate(model.descriptions) if each.n_users >= n_users]
    if len(rows) == len(model.ids):
        return model
    return model.of_segments(rows) if rows else None
