"""The figures of a report as data frames, for notebooks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from stream.report.values import Figures, MapFigure
from stream.store.queries.flows import Flow
from stream.wire.lineage import SegmentLineage

_AXES = "xyz"
Tables = dict[str, list[dict[str, Any]]]


def frames(figures: Figures) -> dict[str, Any]:
    """Return the figures as pandas data frames by name: segments, sizes, users, flows, and so on.

    Times are UTC. `users` has a column for each trait, and `<method>_x` and so on for each map.
    """
    import pandas

    tables = _of_segments(figures) | _of_all(figures)
    made = {name: _timed(pandas, pandas.DataFrame(rows)) for name, rows in tables.items()}
    return made | {"users": pandas.DataFrame(_mapped(figures))}


def _of_segments(figures: Figures) -> Tables:
    return {
        "segments": [_segment(each) for each in figures.segments],
        "sizes": [_sized(each.row.id, point) for each in figures.segments for point in each.sizes],
        "features": [
            {"segment": each.row.id, "feature": bar.name, "words": bar.words, "deviations": bar.deviations}
            for each in figures.segments
            for bar in each.features
        ],
        "cohesion": [
            {"segment": each.row.id, "time_ms": point.time_ms, "cohesion": point.value}
            for each in figures.segments
            for point in each.cohesion
        ],
    }


def _of_all(figures: Figures) -> Tables:
    return {
        "flows": list(_flows(figures.flows)),
        "reasons": list(_reasons(figures.flows)),
        "reviews": [
            {"time_ms": point.time_ms, "objective": point.value, "unknown_share": unknown.value}
            for point, unknown in zip(figures.objective, figures.unknown, strict=True)
        ],
        "health": [
            {"figure": str(each.figure), "subject": each.subject, "value": each.value, "threshold": each.threshold,
             "exceeded": each.exceeded}
            for each in figures.health
        ],
        "lineage": list(map(_event, figures.lineage)),
        "promotions": [
            {"time_ms": each.time_ms, "segment_model": each.segment_model, "status": str(each.status),
             "cause": str(each.cause), "share_moved": each.share_moved, "reason": each.reason}
            for each in figures.promotions
        ],
        "maps": list(map(_map, figures.maps)),
        "comparison": [
            {"segment": row.id, "name": row.name, "before": row.before, "after": row.after}
            for row in (figures.comparison.rows if figures.comparison else ())
        ],
    }  # fmt: skip


def _timed(pandas: Any, frame: Any) -> Any:
    """Return a frame with `time` as UTC instead of `time_ms`."""
    if "time_ms" in frame:
        frame.insert(0, "time", pandas.to_datetime(frame.pop("time_ms"), unit="ms", utc=True))
    return frame


def _segment(each: Any) -> dict[str, Any]:
    row = each.row
    return {
        "segment": row.id,
        "name": row.name,
        "n_users": row.n_users,
        "share": row.share,
        "n_entered": row.n_entered,
        "n_left": row.n_left,
        "rare": row.rare,
        "silhouette": each.silhouette.mean if each.silhouette else None,
        "cohesion": row.description.cohesion if row.description else None,
        "phrases": ", ".join(phrase.text for phrase in row.description.phrases) if row.description else "",
    }


def _sized(segment: str, point: Any) -> dict[str, Any]:
    return {"segment": segment, "time_ms": point.time_ms, "n_users": point.n_users}


def _flows(found: Iterable[Flow]) -> Iterable[dict[str, Any]]:
    for each in found:
        yield {
            "from": each.from_id, "from_name": each.from_name, "to": each.to_id, "to_name": each.to_name,
            "n_users": each.n_users, "n_changes": each.n_changes,
        }  # fmt: skip


def _reasons(found: Iterable[Flow]) -> Iterable[dict[str, Any]]:
    for each in found:
        for reason in each.reasons:
            yield {
                "from": each.from_id, "to": each.to_id, "kind": reason.kind, "text": reason.text,
                "n_changes": reason.n_changes, "contribution": reason.contribution,
            }  # fmt: skip


def _event(each: SegmentLineage) -> dict[str, Any]:
    return {
        "time_ms": each.time_ms, "segment": each.segment, "event": str(each.event), "parents": ", ".join(each.parents),
        "children": ", ".join(each.children), "segment_model": each.segment_model, "share": each.share,
    }  # fmt: skip


def _map(each: MapFigure) -> dict[str, Any]:
    return {
        "method": each.method, "trustworthiness": each.trustworthiness, "continuity": each.continuity,
        "n_measured": each.n_measured, "n_landmarks": each.n_landmarks,
        "drift_median": each.drift.median if each.drift else None,
    }  # fmt: skip


def _mapped(figures: Figures) -> dict[str, Any]:
    mapped = figures.mapped
    columns: dict[str, Any] = {
        "user": mapped.users,
        "segment": mapped.segments,
        "reason": mapped.reasons,
        "silhouette": np.asarray(mapped.silhouettes),
        **{f"trait {name}": values for name, values in mapped.traits.items()},
    }
    for each in figures.maps:
        for axis, places in zip(_AXES, each.places.T, strict=False):
            columns[f"{each.method}_{axis}"] = places
    return columns
