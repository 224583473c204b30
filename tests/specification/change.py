"""The published record of a transition: distances, requirements and evidence."""

from __future__ import annotations

from stream.core.assignment import Assignment
from stream.core.output import Certainty, Change, Evidence, Quality
from stream.core.policy import Policy
from stream.core.segment_model import SegmentModel
from stream.core.transition import Hysteresis, MembershipState, Rule, required
from tests.specification.evaluation import EvaluationResult
from tests.specification.evidence import explain_move
from tests.specification.transition import Transition

_WITHOUT_HYSTERESIS = frozenset({Rule.PINNED, Rule.UNPINNED})


def build_change(
    result: EvaluationResult, before: MembershipState, transition: Transition, encoder: str, policy: Policy
) -> Change:
    """Return the change that `transition` makes to `before`; `encoder` is the encoder's version."""
    evaluation, model = result.evaluation, result.model
    items, now_ms, is_pinned = evaluation.items, evaluation.now_ms, bool(transition.pinned_by)
    need = _required(before, transition, policy)
    return Change(
        user=evaluation.user_id,
        sequence=before.sequence + 1,
        from_segment=before.segment,
        to_segment=transition.to_segment,
        from_name=segment_name(before.segment, model),
        to_name=segment_name(transition.to_segment, model),
        rule=transition.rule,
        certainty=None if is_pinned else certainty(result.assignment, before.segment, model),
        margin_required=need.margin,
        dwell_ms=0 if before.candidate is None else now_ms - before.candidate_since_ms,
        dwell_required_ms=need.dwell_ms,
        evidence=Evidence() if is_pinned else _evidence(result, before, transition, policy),
        n_items=len(items),
        event_time_ms=int(result.batch.windows.columns["time_ms"][result.row, len(items) - 1]) if items else None,
        decision_time_ms=now_ms,
        segment_model=model.version if model else 0,
        encoder=encoder,
        quality=Quality.FULL if any(item.text for item in items) else Quality.EXPLICIT_ONLY,
        pinned_by=transition.pinned_by,
        traceparent=evaluation.traceparent,
    )


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


def _required(before: MembershipState, transition: Transition, policy: Policy) -> Hysteresis:
    if transition.rule in _WITHOUT_HYSTERESIS:
        return Hysteresis(0.0, 0)
    return required(policy, before.segment, transition.to_segment)


def _evidence(result: EvaluationResult, before: MembershipState, transition: Transition, policy: Policy) -> Evidence:
    items = result.evaluation.items
    if result.model is None or not items:
        return Evidence()
    return explain_move(result.batch, result.row, items, before.segment, transition.to_segment, policy)
