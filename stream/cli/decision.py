"""A verdict on a segment model as a sentence that a person understands."""

from __future__ import annotations

from stream.cli.columns import percent
from stream.training.values.promotion import Cause, Status, Trigger
from stream.wire.promotions import SegmentPromotion

MINUTE_MS = 60_000


def verdict_sentence(decision: SegmentPromotion) -> str:
    """One line: which model, what became of it, whom it moves."""
    instead = f" instead of {decision.previous_model}" if decision.previous_model else ""
    by_operator = decision.trigger is Trigger.OPERATOR and decision.cause is not Cause.REQUESTED
    why = f": {decision.reason}" if by_operator and decision.serves else ""
    said = {
        Status.PROPOSED: "runs in shadow"
        + (f" beside {decision.previous_model}, which goes on serving" if decision.previous_model else ""),
        Status.HELD: f"is held: {decision.reason}",
        Status.PROMOTED: f"serves{instead}{_ramp(decision)}{why}",
        Status.ROLLED_BACK: f"serves again{instead}{_ramp(decision)}{why}",
        Status.DROPPED: f"is dropped: {decision.reason}",
        Status.REFUSED: f"was named by a command that is refused: {decision.reason}",
    }[decision.status]
    return f"model {decision.segment_model} {said}{_moved(decision)}"


def _ramp(decision: SegmentPromotion) -> str:
    return f", people pass to it over {decision.ramp_ms / MINUTE_MS:g} min" if decision.ramp_ms else ""


def _moved(decision: SegmentPromotion) -> str:
    if not decision.n_sampled:
        return ""
    entered = f", {percent(decision.share_entered)} get one who had none" if decision.share_entered else ""
    return f" ({percent(decision.share_moved)} of {decision.n_sampled:,} people looked at leave their segment{entered})"
