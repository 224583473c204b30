"""An explanation with every part, made by hand."""

from __future__ import annotations

from stream.explain.explanation import (
    Basis,
    Difference,
    Explanation,
    Lack,
    Missing,
    Outlook,
    Present,
    WhatIf,
    WhatIfKind,
)
from stream.explain.snapshot import Cause, EvaluationPoint, FeatureValue, SegmentDistance, Snapshot, WindowItem
from tests.serve.pages.records import HOSTILE, T0, change, ref


def explanation(equal: bool = True) -> Explanation:
    """Return the explanation of ann's change 3: equal, or with a field that differs."""
    published = change("ann", 3, "s-0001", "s-0002")
    return Explanation(
        user="ann",
        sequence=3,
        change=published,
        recomputed=published,
        equal=equal,
        basis=Basis.LOG,
        differences=() if equal else (Difference("certainty.margin", "0.2", "0.3"),),
        missing=() if equal else (Missing(Lack.OTHER_SETTINGS, "the settings have changed since"),),
        sentences=("the window held 2 items", f"against it: “{HOSTILE}”"),
        before=snapshot(0.9),
        after=snapshot(0.8),
        timeline=(point(T0 - 60_000, ahead=False), point(T0, ahead=True)),
        outlook=outlook(),
        present=Present(
            T0 + 9, ref("s-0002"), T0, 3, snapshot(0.7), outlook(), ref("s-0003"), T0 + 5, T0 + 99, ("so",)
        ),
    )


def present() -> Present:
    """Return the state of now, in which s-0003 is ahead."""
    segment, ahead = ref("s-0002"), ref("s-0003")
    return Present(T0 + 9, segment, T0, 3, snapshot(0.7), outlook(), ahead, T0 + 5, T0 + 99, ("so",))


def snapshot(distance: float) -> Snapshot:
    """Return a window of two items, at this distance from the nearest segment."""
    items = (
        WindowItem(T0 - 900_000, "e-1", "view", HOSTILE, 0.0, 0.5, 0.25, -0.1),
        WindowItem(T0, "e-2", "purchase", "", 2.5, 1.5, 0.75, 0.9),
    )
    features = (FeatureValue("burst", 0.4, 1.1, "mostly within one hour", 0.2),)
    nearest = SegmentDistance(ref("s-0002"), distance, 1.4, 0.3, distance - 0.1)
    return Snapshot(T0, 1, items, 1.6, features, (1.0,), 0.8, (nearest,))


def point(time_ms: int, ahead: bool) -> EvaluationPoint:
    """Return an evaluation in which s-0002 is nearest."""
    since_ms = T0 - 30_000 if ahead else None
    nearest, runner_up = ref("s-0002"), ref("s-0001")
    return EvaluationPoint(time_ms, Cause.ITEM_LEFT, 2, 1, nearest, 0.8, runner_up, 1.0, 0.2, 0.1, ahead, since_ms)


def outlook() -> Outlook:
    """Return an outlook on s-0003."""
    way = WhatIf(WhatIfKind.WITHOUT_ITEMS, ref("s-0003"), "without the item of today: Perfume", 1, ("e-2",))
    return Outlook(ref("s-0002"), ref("s-0003"), 0.8, 0.95, 0.72, -0.19, 0.1, (way,))
