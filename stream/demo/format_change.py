"""A segment change as one sentence."""

from __future__ import annotations

from datetime import UTC, datetime

from stream.wire.changes import ChangeEvidence, SegmentChange, SegmentRef

_TEXT_CHARS = 40


def sentence(change: SegmentChange) -> str:
    """Return one line: time, user, both segments, reason and certainty."""
    at = datetime.fromtimestamp(change.decision_time_ms / 1000, UTC)
    sure = f" ({change.certainty.margin:.0%} ahead of {change.certainty.runner_up})" if change.certainty else ""
    why = f", because {change.pinned_by}" if change.pinned_by else because(change.evidence)
    return f"{at:%Y-%m-%d %H:%M} user {change.user}: {shown(change.from_)} → {shown(change.to)}{why}{sure}"


def shown(segment: SegmentRef) -> str:
    """Return id and name; once where both are the same."""
    return segment.id if segment.id == segment.name else f"{segment.id} {segment.name}"


def because(evidence: ChangeEvidence) -> str:
    """Return the strongest items as a reason, or else the strongest features."""
    items = [f"{item.text[:_TEXT_CHARS].strip().upper() or 'items'} ×{len(item.ids)}" for item in evidence.items]
    if items:
        return f", because {', '.join(items)}"
    features = [f"{feature.name} {feature.deviations:+.1f} sd" for feature in evidence.features]
    return f", because {', '.join(features)}" if features else ""
