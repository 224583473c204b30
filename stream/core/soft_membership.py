"""Soft memberships: the weight of each segment for a user, beside the hard assignment.

The weight of segment j is softmax(-(d_j / t_j) / 0.1): distances in units of the segment's own threshold, so that wide
and tight segments compare. At this temperature a segment farther by a tenth of a threshold weighs 1/e of the nearer
one. A user of one clear segment has one weight near 1; a user between two has two near 1/2.
"""

from __future__ import annotations

from math import exp

from stream.core.assignment import Assignment
from stream.core.output import SoftMembership
from stream.core.segment_model import SegmentModel

TEMPERATURE = 0.1  # of a threshold

_TOP = 3
_LEAST_THRESHOLD = 1e-9  # identical members give a threshold of 0


def soft_membership(assignment: Assignment, model: SegmentModel) -> tuple[SoftMembership, ...]:
    """Return the three largest weights, the largest first; the weights of all segments sum to 1."""
    thresholds = model.thresholds.tolist()
    relative = [d / max(t, _LEAST_THRESHOLD) for d, t in zip(assignment.distances, thresholds, strict=True)]
    least = min(relative)
    weights = [exp((least - each) / TEMPERATURE) for each in relative]
    total = sum(weights)
    top = sorted(range(len(weights)), key=lambda at: -weights[at])[:_TOP]
    return tuple(SoftMembership(model.ids[at], model.descriptions[at].name, weights[at] / total) for at in top)
