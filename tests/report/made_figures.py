"""Figures made up for tests of drawing: any number of users and segments, with any texts."""

from __future__ import annotations

import numpy as np

from stream.core.policy import DAY_MS
from stream.maps.alignment import Shift
from stream.report.silhouettes import summary
from stream.report.values import (
    Comparison,
    FeatureBar,
    Figures,
    HealthRow,
    MapFigure,
    MappedUsers,
    SegmentFigures,
    SideRow,
    Sides,
    TimePoint,
)
from stream.store.queries.flows import Flow, Reason
from stream.store.queries.segments import SegmentRow, SizePoint
from stream.training.values.health import Figure
from stream.training.values.lineage import LineageEvent
from stream.wire.descriptions import SegmentDescription, TypicalPhrase, UnusualFeature
from stream.wire.lineage import SegmentLineage

START_MS = 1_500_000_000_000
NEWEST_MS = START_MS + 60 * DAY_MS
METHODS = ("tsne-2d", "umap-2d", "tsne-3d", "umap-3d")


def made_figures(
    n_mapped: int = 400,
    n_segments: int = 12,
    text: str = "fresh strawberries",
    methods: tuple[str, ...] = METHODS,
    notes: tuple[str, ...] = (),
) -> Figures:
    """Return figures of so many users on the maps; `text` is in every name, reason, phrase, user and trait."""
    rng = np.random.default_rng(0)
    of = rng.integers(0, n_segments, n_mapped) if n_segments else np.zeros(n_mapped, np.int64)
    ids = [f"s-{at:04}" for at in range(n_segments)]
    values = np.clip(rng.normal(0.3, 0.3, n_mapped), -1, 1)
    mapped = MappedUsers(
        users=tuple(f"{at:016x}{text}" for at in range(n_mapped)),
        segments=tuple(ids[at] for at in of) if n_segments else ("unknown",) * n_mapped,
        reasons=tuple(f"moved to {text} {at}: bought “{text}” ×2 (3 items in 2 days)" for at in range(n_mapped)),
        silhouettes=values,
        traits={"plan": tuple("free" if at % 3 else f"paid {text}" for at in range(n_mapped))},
    )
    segments = tuple(_segment(at, n_segments, text, values[of == at]) for at in range(n_segments))
    centres = rng.normal(0, 30, (max(n_segments, 1), 3))
    maps = tuple(
        MapFigure(
            method=method,
            places=(centres[of] + rng.normal(0, 3, (n_mapped, 3)))[:, : int(method[-2])].astype(np.float32),
            trustworthiness=0.95,
            continuity=0.94,
            n_measured=n_mapped,
            n_landmarks=n_mapped,
            made_ms=START_MS,
            drift=Shift(0.012, 0.2, 40) if method == "tsne-2d" else None,
        )
        for method in methods
    )
    lineage = tuple(_event(at, n_segments) for at in range(min(4, n_segments)))
    flows = tuple(_flow(a, b, text) for a in range(min(5, n_segments)) for b in range(min(4, n_segments)) if a != b)
    series = tuple(TimePoint(START_MS + day * DAY_MS, 1 + 0.2 * float(np.cos(day / 9))) for day in range(60))
    return Figures(
        since_ms=START_MS,
        newest_ms=NEWEST_MS,
        segments=segments,
        reserved=tuple(_row(name, name, 40, 1) for name in ("unknown", "inactive")),
        mapped=mapped,
        maps=maps,
        objective=series,
        unknown=tuple(TimePoint(each.time_ms, 0.01) for each in series),
        health=(
            HealthRow(Figure.UNKNOWN, "", 0.011, 0.05, False),
            HealthRow(Figure.DRIFT, "s-0001", 0.7, 0.5, True),
        ),
        flows=flows,
        comparison=Comparison(
            Sides.DATES,
            "2017-08-01 00:00",
            "2017-09-01 00:00",
            tuple(SideRow(each.row.id, each.row.name, 100 - at, 90 + at) for at, each in enumerate(segments)),
            1200,
            300,
            flows,
            lineage,
        ),
        promotions=(),
        lineage=lineage,
        notes=notes,
    )


def _row(segment: str, name: str, n_users: int, at: int, description: SegmentDescription | None = None) -> SegmentRow:
    sizes = tuple(round(n_users * (0.5 + 0.5 * float(np.sin(at + day / 8)) ** 2)) for day in range(30))
    return SegmentRow(segment, name, at % 7 == 0, False, n_users, 0.02, 3, 2, 0.1, sizes, description)


def _segment(at: int, n: int, text: str, values: np.ndarray) -> SegmentFigures:
    name = f"{text} {at}"
    description = SegmentDescription(
        name=name,
        edited=False,
        phrases=tuple(TypicalPhrase(f"{text} {i}", 0.5) for i in range(8)),
        texts=(text, f"{text} two"),
        behaviour=("weekends", "many purchases"),
        n_users=100,
        share=0.1,
        trend=0.1,
        rare=False,
        cohesion=0.8,
        effective_size=70.0,
        features=(UnusualFeature("weekend_share", 1.2),),
        typical=("0011223344556677",) * 3,
        boundary=("8899aabbccddeeff",) * 3,
    )
    names = (
        "weekend_share",
        "share_purchase",
        "recency",
        "burst",
        "hour_sin",
        "amount_mean",
        "amount_max",
        "frequency",
    )
    return SegmentFigures(
        row=_row(f"s-{at:04}", name, 1000 - 10 * at, at, description),
        sizes=tuple(SizePoint(START_MS + i * DAY_MS, 100 + i * (at % 5), 3, 2) for i in range(60)),
        features=tuple(FeatureBar(each, "weekends" if i == 0 else "", 1.5 - i * 0.4) for i, each in enumerate(names)),
        silhouette=summary(values),
        flows_in=tuple(_flow(other, at, text) for other in range(min(8, n)) if other != at),
        flows_out=tuple(_flow(at, other, text) for other in range(min(8, n)) if other != at),
        lineage=(_event(at, n),),
        cohesion=tuple(TimePoint(START_MS + day * DAY_MS, 0.7 + 0.01 * at + 0.001 * day) for day in range(60)),
    )


def _flow(a: int, b: int, text: str) -> Flow:
    reasons = (Reason("item", text, 12, 3.5), Reason("feature", "many purchases", 7, 1.0))
    return Flow(f"s-{a:04}", f"{text} {a}", f"s-{b:04}", f"{text} {b}", 20 + a, 18 + b, reasons)


def _event(at: int, n: int) -> SegmentLineage:
    other = f"s-{(at + 1) % n:04}"
    return SegmentLineage(
        segment=f"s-{at:04}",
        event=(LineageEvent.BORN, LineageEvent.SPLIT, LineageEvent.MERGED)[at % 3],
        parents=(other,),
        segment_model=at + 1,
        share=0.1,
        children=(other,),
        fractions=(0.4,),
        time_ms=START_MS + at * DAY_MS,
    )
