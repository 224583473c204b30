"""The published record of a transition: distances and requirements."""

from __future__ import annotations

from stream.core.assignment import Assignment
from stream.core.output import Certainty
from stream.core.policy import Policy
from stream.core.segment_model import SegmentModel
from stream.core.transition import Hysteresis, Rule, required

_WITHOUT_HYSTERESIS = frozenset({Rule.PINNED, Rule.UNPINNED})


def certainty(assignment: Assignment | None, from_segment: str, model: SegmentModel | None) -> Certainty | None:
    """Return the distances behind a decision; None for an empty window and without a model."""
    if assignment is None or model is None:
        return None
    nearest, runner_up = model.ids[assignment.nearest], model.ids[assignment.runner_up]
    runner_up_distance = assignment.distances[assignment.runner_up]
    return Certainty(
        nearest=nearest,
        nearest_name=model.name_of(nearest),
        distance=assignment.distance,
        threshold=float(model.thresholds[assignment.nearest]),
        runner_up=runner_up,
        runner_up_name=model.name_of(runner_up),
        runner_up_distance=runner_up_distance,
        margin=1 - assignment.distance / runner_up_distance if runner_up_distance > 0 else 0.0,
        from_distance=assignment.distances[model.ids.index(from_segment)] if from_segment in model.ids else None,
    )


def segment_name(segment: str, model: SegmentModel | None) -> str:
    """Return the name of a segment; without a model, the id."""
    return model.name_of(segment) if model else segment


def required_for(rule: Rule, from_segment: str, to_segment: str, policy: Policy) -> Hysteresis:
    """Return the margin and the dwell that a change needed; pins need none."""
    if rule in _WITHOUT_HYSTERESIS:
        return Hysteresis(0.0, 0)
    return required(policy, from_segment, to_segment)
