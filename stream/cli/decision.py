"""A decision on a segment model as one sentence."""

from __future__ import annotations

from stream.cli.columns import percent
from stream.training.values.promotion import Cause, Status, Trigger
from stream.wire.promotions import SegmentPromotion

MINUTE_MS = 60_000


def decision_sentence(decision: SegmentPromotion) -> str:
    """Return one line: the model, the decision, and the share of users moved."""
    previous = decision.previous_model
    instead = f" instead of {previous}" if previous else ""
    beside = f" beside {previous}, which still serves" if previous else ""
    by_operator = decision.trigger is Trigger.OPERATOR and decision.cause is not Cause.REQUESTED
    why = f": {decision.reason}" if by_operator and decision.serves else ""
    status = {
        Status.PROPOSED: f"runs in shadow{beside}",
        Status.HELD: f"is held: {decision.reason}",
        Status.PROMOTED: f"serves{instead}{_ramp(decision)}{why}",
        Status.ROLLED_BACK: f"serves again{instead}{_ramp(decision)}{why}",
        Status.DROPPED: f"is dropped: {decision.reason}",
        Status.REFUSED: f"is unchanged, the command was refused: {decision.reason}",
    }[decision.status]
    return f"model {decision.segment_model} {status}{_moved(decision)}"


def _ramp(decision: SegmentPromotion) -> str:
    return f", users switch to it over {decision.ramp_ms / MINUTE_MS:g} min" if decision.ramp_ms else ""


def _moved(decision: SegmentPromotion) -> str:
    if not decision.n_sampled:
        return ""
    entered = f", {percent(decision.share_entered)} get their first" if decision.share_entered else ""
    return f" ({percent(decision.share_moved)} of {decision.n_sampled:,} sampled users leave their segment{entered})"
