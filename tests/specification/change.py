"""The published record of a transition: distances, requirements and evidence."""

from __future__ import annotations

from stream.core.change import certainty, required_for, segment_name
from stream.core.output import Change, Evidence, Quality
from stream.core.policy import Policy
from stream.core.transition import MembershipState
from tests.specification.evaluation import EvaluationResult
from tests.specification.evidence import explain_move
from tests.specification.transition import Transition


def build_change(
    result: EvaluationResult, before: MembershipState, transition: Transition, encoder: str, policy: Policy
) -> Change:
    """Return the change that `transition` makes to `before`; `encoder` is the encoder's version."""
    evaluation, model = result.evaluation, result.model
    items, now_ms, is_pinned = evaluation.items, evaluation.now_ms, bool(transition.pinned_by)
    need = required_for(transition.rule, before.segment, transition.to_segment, policy)
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


def _evidence(result: EvaluationResult, before: MembershipState, transition: Transition, policy: Policy) -> Evidence:
    items = result.evaluation.items
    if result.model is None or not items:
        return Evidence()
    return explain_move(result.batch, result.row, items, before.segment, transition.to_segment, policy)
