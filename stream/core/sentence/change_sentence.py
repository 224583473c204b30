"""The sentence of a change, for people: what happened to the user, why, where the user was, and how clear it is.

The subject, the user, is left to the reader of the sentence: "moved to Baby food: bought …; was: Snacks".
"""

from __future__ import annotations

from stream.core.output import Change
from stream.core.reserved import INACTIVE, PENDING, UNKNOWN
from stream.core.sentence.evidence_phrase import evidence_phrase
from stream.core.sentence.shown_text import shown
from stream.core.transition import Rule

_FIRST_HERE = {
    Rule.ENTERED: "is now in",
    Rule.RETURNED: "is back, now in",
    Rule.UNPINNED: "is no longer pinned, now in",
}
_NOWHERE_LEADS = {Rule.RETURNED: "is back and ", Rule.UNPINNED: "is no longer pinned and "}
_NAME_CHARS = 48
_TRAIT_CHARS = 64


def change_sentence(change: Change) -> str:
    """Return one line without control characters; texts of users are in it only if they are in the evidence."""
    lead = _lead(change)
    clauses = [f"{_arrival(change)}{_reason(change)}", _before(change, lead), _lead_over_others(change, lead)]
    return "; ".join([clause for clause in clauses if clause])


def _arrival(change: Change) -> str:
    lead = _NOWHERE_LEADS.get(change.rule, "")
    if change.to_segment == INACTIVE:
        return f"{lead}is inactive"
    if change.to_segment != UNKNOWN:
        verb = "is pinned to" if change.rule is Rule.PINNED else _FIRST_HERE.get(change.rule, "moved to")
        return f"{verb} {_name(change.to_name)}"
    return f"{lead}no longer fits {_name(change.from_name)}" if _is_beyond_former(change) else f"{lead}fits no segment"


def _reason(change: Change) -> str:
    if change.rule is Rule.PINNED:
        reason = f"declared {shown(change.pinned_by, _TRAIT_CHARS)}"
    elif change.to_segment == INACTIVE:
        reason = "no events left in the window"
    elif change.to_segment == UNKNOWN:
        reason = "; ".join(part for part in (_distance(change), evidence_phrase(change.evidence)) if part)
    else:
        reason = evidence_phrase(change.evidence, "" if change.rule in _FIRST_HERE else "now ")
    return f": {reason}" if reason else ""


def _distance(change: Change) -> str:
    """Return why no segment fits."""
    if change.certainty is None:
        return ""
    if _is_beyond_former(change):
        return "farther from it than its members are, and no other is nearer"
    return f"farther from the nearest ({_name(change.certainty.nearest_name)}) than its members are"


def _is_beyond_former(change: Change) -> bool:
    """Return True if the segment left is still the nearest, and yet too far."""
    return (
        change.to_segment == UNKNOWN
        and change.certainty is not None
        and change.certainty.nearest == change.from_segment
    )


def _before(change: Change, lead: str) -> str:
    if change.from_segment == PENDING or change.rule is Rule.RETURNED or _is_beyond_former(change):
        return ""
    if change.from_segment == UNKNOWN:
        return "fitted no segment before"
    if change.from_segment == INACTIVE:
        return "was inactive"
    more = ", which no longer exists" if change.rule is Rule.RETIRED else ""
    if _is_lead_over_former(change, lead):
        more = f", which fits {lead} worse"
    return f"was: {_name(change.from_name)}{more}"


def _lead_over_others(change: Change, lead: str) -> str:
    """Return the margin over the runner-up, unless that is the segment left."""
    if not lead or change.certainty is None or _is_lead_over_former(change, lead):
        return ""
    return f"it fits {lead} better than {_name(change.certainty.runner_up_name)}"


def _is_lead_over_former(change: Change, lead: str) -> bool:
    return bool(lead) and change.certainty is not None and change.certainty.runner_up == change.from_segment


def _lead(change: Change) -> str:
    """Return the margin over the runner-up; "" where there is none or it decided nothing, as for `unknown`."""
    certainty = change.certainty
    if certainty is None or certainty.nearest != change.to_segment or certainty.runner_up == certainty.nearest:
        return ""
    return "hardly" if certainty.margin < 0.005 else f"{certainty.margin:.0%}"


def _name(name: str) -> str:
    return shown(name, _NAME_CHARS) or "a segment without a name"
