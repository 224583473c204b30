"""Records for pages, made by hand."""

from __future__ import annotations

from stream.core.output import Quality
from stream.core.transition import Rule
from stream.wire.changes import (
    ChangeCertainty,
    ChangeEvidence,
    EvidenceFeature,
    EvidenceItems,
    Hysteresis,
    SegmentChange,
    SegmentRef,
)

HOUR_MS = 3_600_000
T0 = 1_488_722_400_000  # 2017-03-05 14:00 UTC
HOSTILE = "<script>alert(1)</script>"
NAMES = {"s-0001": "Baby food", "s-0002": HOSTILE, "s-0003": "عطور ورود", "unknown": "unknown", "inactive": "inactive"}


def ref(segment: str) -> SegmentRef:
    """Return the segment with its name."""
    return SegmentRef(segment, NAMES.get(segment, segment))


def change(
    user: str,
    sequence: int,
    origin: str,
    target: str,
    time_ms: int = T0,
    margin: float | None = 0.2,
    required: float = 0.05,
    rule: Rule = Rule.MARGIN_AND_DWELL,
) -> SegmentChange:
    """Return a change; without a margin no distance decided."""
    certainty = ChangeCertainty(ref(target), 0.8, 1.4, ref(origin), 1.0, margin, 1.0) if margin is not None else None
    item = EvidenceItems("strained peaches", ("purchase",), ("e-1", "e-2"), time_ms - 50, time_ms, 0.6)
    feature = EvidenceFeature("weekend_share", "weekends", 0.9, 1.7, 0.3)
    return SegmentChange(
        user=user,
        sequence=sequence,
        summary=f"moved to {NAMES.get(target, target)}: bought “strained peaches” ×2",
        from_=ref(origin),
        to=ref(target),
        rule=rule,
        certainty=certainty,
        hysteresis=Hysteresis(required, 0, 0),
        evidence=ChangeEvidence((item,), (feature,), 0.7) if certainty else ChangeEvidence((), (), 0.0),
        n_items=3,
        event_time_ms=time_ms - 1_000,
        decision_time_ms=time_ms,
        segment_model=1,
        encoder="e1",
        quality=Quality.FULL,
        pinned_by="",
    )
