"""Soft memberships: how much of each segment a person is, where the hard answer is one segment.

The weight of segment j is softmax(-(d_j / t_j) / 0.1): distances in units of each segment's own threshold, so that a
wide segment and a tight one compare. At this temperature a segment that is farther by a tenth of a threshold weighs
1/e of the nearer one: who is clearly of one segment has a weight near 1, who is between two has two near 1/2.
"""

from __future__ import annotations

from math import exp

from stream.core.decision.transition import Sight
from stream.core.output import SoftMembership
from stream.core.segment_model import SegmentModel

TEMPERATURE = 0.1  # of a threshold

_TOP = 3
_LEAST_THRESHOLD = 1e-9  # members all alike have none


def mixture(sight: Sight, model: SegmentModel) -> tuple[SoftMembership, ...]:
    """The three largest weights, the largest first; the weights of all segments of the model sum to 1."""
    thresholds = model.thresholds.tolist()
    away = [d / max(t, _LEAST_THRESHOLD) for d, t in zip(sight.distances, thresholds, strict=True)]
    least = min(away)
    weights = [exp((least - each) / TEMPERATURE) for each in away]
    total = sum(weights)
    top = sorted(range(len(weights)), key=lambda at: -weights[at])[:_TOP]
    return tuple(SoftMembership(model.ids[at], model.descriptions[at].name, weights[at] / total) for at in top)
