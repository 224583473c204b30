"""A verdict on a segment model as a sentence that a person understands."""

from __future__ import annotations

from stream.cli.columns import percent
from stream.kafka.trainer_client import reason_of
from stream.training.values.promotion import DROPPED, HELD, PROMOTED, PROPOSED, REFUSED, ROLLED_BACK, Promotion

MINUTE_MS = 60_000


def verdict_sentence(verdict: Promotion) -> str:
    """One line: which model, what became of it, whom it moves."""
    instead = f" instead of {verdict.former}" if verdict.former else ""
    by_hand = reason_of(verdict, "") if verdict.by == "hand" and verdict.serves else ""
    why = f": {by_hand}" if by_hand else ""
    said = {
        PROPOSED: "runs in shadow" + (f" beside {verdict.former}, which goes on serving" if verdict.former else ""),
        HELD: f"is held: {verdict.reason}",
        PROMOTED: f"serves{instead}{_ramp(verdict)}{why}",
        ROLLED_BACK: f"serves again{instead}{_ramp(verdict)}{why}",
        DROPPED: f"is dropped: {reason_of(verdict, 'by hand')}",
        REFUSED: f"was named by a command that is refused: {verdict.reason}",
    }[verdict.status]
    return f"model {verdict.version} {said}{_moved(verdict)}"


def _ramp(verdict: Promotion) -> str:
    return f", people pass to it over {verdict.ramp_ms / MINUTE_MS:g} min" if verdict.ramp_ms else ""


def _moved(verdict: Promotion) -> str:
    if not verdict.people:
        return ""
    entered = f", {percent(verdict.entered)} get one who had none" if verdict.entered else ""
    return f" ({percent(verdict.moved)} of {verdict.people:,} people looked at leave their segment{entered})"
