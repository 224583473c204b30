"""A verdict on a segment model as a sentence that a person understands."""

from __future__ import annotations

from stream.cli.columns import percent
from stream.kafka.trainer_client import reason_of
from stream.training.values.promotion import DROPPED, HELD, PROMOTED, PROPOSED, REFUSED, ROLLED_BACK, Promotion

MINUTE_MS = 60_000


def verdict_sentence(decision: Promotion) -> str:
    """One line: which model, what became of it, whom it moves."""
    instead = f" instead of {decision.former}" if decision.former else ""
    by_hand = reason_of(decision, "") if decision.by == "hand" and decision.serves else ""
    why = f": {by_hand}" if by_hand else ""
    said = {
        PROPOSED: "runs in shadow" + (f" beside {decision.former}, which goes on serving" if decision.former else ""),
        HELD: f"is held: {decision.reason}",
        PROMOTED: f"serves{instead}{_ramp(decision)}{why}",
        ROLLED_BACK: f"serves again{instead}{_ramp(decision)}{why}",
        DROPPED: f"is dropped: {reason_of(decision, 'by hand')}",
        REFUSED: f"was named by a command that is refused: {decision.reason}",
    }[decision.status]
    return f"model {decision.version} {said}{_moved(decision)}"


def _ramp(decision: Promotion) -> str:
    return f", people pass to it over {decision.ramp_ms / MINUTE_MS:g} min" if decision.ramp_ms else ""


def _moved(decision: Promotion) -> str:
    if not decision.people:
        return ""
    entered = f", {percent(decision.entered)} get one who had none" if decision.entered else ""
    return f" ({percent(decision.moved)} of {decision.people:,} people looked at leave their segment{entered})"
