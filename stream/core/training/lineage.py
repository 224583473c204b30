"""What becomes of segments from one segment model to the next, as values.

A new generation (another encoder, other features) has no centroid in common with the former one. What both have in
common is people: a new segment that holds mostly the people of a former one goes on under its id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from stream.core.segment_model import SegmentModel

SHARED_MIN = 0.5  # of the people in either segment: with fewer, most who hear the id would hear of other people


@dataclass(frozen=True, slots=True)
class Lineage:
    """One event in a segment's life. `share` is its part of the sampled population in that segment model.

    `parents` are the segments its people come from, `children` those its people go to, `parts` in parallel the part of
    each parent's people that came, or of its own people that went to each child.
    """

    segment: str
    event: str  # born | survived | split | merged | retired
    parents: tuple[str, ...]
    model_version: int
    share: float
    children: tuple[str, ...] = ()
    parts: tuple[float, ...] = ()


def matched(former: Sequence[str], before: Sequence[str], now: NDArray[np.intp], k: int) -> tuple[str | None, ...]:
    """For each of k new segments the id of the former segment that it goes on as, or None.

    `before` and `now` run in parallel: the former segment and the new one, 0 to k - 1, of one person each. Who was in
    none of the `former` segments says nothing. A pair holds if it shares SHARED_MIN of the people in either; among
    those pairs the assignment with the largest shares is taken.
    """
    rows = {segment: at for at, segment in enumerate(former)}
    people = np.zeros((len(former), k), np.int64)
    for segment, at in zip(before, now.tolist(), strict=True):
        if segment in rows:
            people[rows[segment], at] += 1
    either = people.sum(axis=1, keepdims=True) + people.sum(axis=0) - people
    share = people / np.maximum(either, 1)
    share[share < SHARED_MIN] = 0.0  # no pair that does not hold may stand in the way of one that does
    ids: list[str | None] = [None] * k
    for row, at in zip(*linear_sum_assignment(share, maximize=True), strict=True):
        if share[row, at] > 0:
            ids[at] = former[row]
    return tuple(ids)


def turnover(former: Sequence[str], model: SegmentModel) -> tuple[Lineage, ...]:
    """What a new generation means for the segments `former` and for its own: retired, survived, born."""
    gone = (segment for segment in former if segment not in model.ids)
    retired = tuple(Lineage(segment, "retired", (), model.version, 0.0) for segment in gone)
    return retired + tuple(
        Lineage(segment, "survived" if segment in former else "born", (), model.version, described.share)
        for segment, described in zip(model.ids, model.descriptions, strict=True)
    )
