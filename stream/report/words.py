"""Words, counts and charts of a report's templates, as filters of figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest

from stream.core.reserved import INACTIVE, UNKNOWN
from stream.core.sentence.shown_text import shown
from stream.maps.alignment import Shift
from stream.maps.methods import Method
from stream.report.line_charts import LineChart, line_chart
from stream.report.values import Comparison, Figures, SegmentFigures
from stream.training.values.health import Figure
from stream.web.figures import count, decimal, percent, plural
from stream.wire.lineage import SegmentLineage

RESERVED_WORDS: Mapping[str, str] = {
    UNKNOWN: "farther from every segment than its users are",
    INACTIVE: "no events left in the window",
}
_FIGURES: Mapping[Figure, str] = {
    Figure.UNKNOWN: "share of unknown users",
    Figure.FLIPS: "changes of segment a user and day",
    Figure.PSI_FEATURE: "shift of a feature (PSI)",
    Figure.PSI_SEGMENTS: "shift of the shares of segments (PSI)",
    Figure.N_CLUSTERS: "clusters found",
    Figure.DRIFT: "drift of a centroid, in thresholds",
    Figure.SPREAD: "spread of a generation",
}
_PARENTS = frozenset({"merged", "born"})


def method_words(method: str) -> str:
    """Return the name of a map for mapped.

    >>> method_words("tsne-2d")
    't-SNE, 2-D'
    """
    return Method(method).words


def drift_words(drift: Shift | None) -> str:
    """Return how far the same users moved on a map since the last report.

    >>> drift_words(Shift(0.0123, 0.2, 40)), drift_words(None)
    ('half of 40 users by at most 1.2% of the width, 95% by at most 20%', 'no earlier report with this layout')
    """
    if drift is None:
        return "no earlier report with this layout"
    users = plural(drift.n, "user")
    return f"half of {users} by at most {percent(drift.median)} of the width, 95% by at most {percent(drift.p95)}"


def figure_words(figure: Figure) -> str:
    """Return the name of a figure of health for mapped."""
    return _FIGURES[figure]


def health_value(value: float | None) -> str:
    """Return a figure of health: a count as a whole number, else three digits.

    >>> health_value(10), health_value(0.25), health_value(None)
    ('10', '0.250', '–')
    """
    return count(value) if value is not None and float(value).is_integer() else decimal(value, 3)


def moved_share(comparison: Comparison) -> float:
    """Return the share of users who moved; 0 without users."""
    return comparison.n_moved / comparison.n_users if comparison.n_users else 0.0


def largest_change(comparison: Comparison) -> int:
    """Return the largest change of a size, for the scale of bars; at least 1."""
    return max((abs(row.after - row.before) for row in comparison.rows), default=1) or 1


def behaviour(segment: SegmentFigures) -> str:
    """Return what sets a segment apart: phrases, then behaviour in words; a dash without a description."""
    about = segment.row.description
    if about is None:
        return "users pinned by a trait" if not segment.row.retired else "retired"
    return " · ".join([*(shown(phrase.text[:400], 60) for phrase in about.phrases[:4]), *about.behaviour]) or "–"


def relatives(event: SegmentLineage) -> list[tuple[str, float | None]]:
    """Return the other segments of an event with their fractions, where it has any."""
    others = event.parents if event.event in _PARENTS else event.children
    return [(other, part) for other, part in zip_longest(others, event.fractions[: len(others)])]


def size_chart(segment: SegmentFigures) -> LineChart | None:
    """Return the chart of a segment's size; None where it spans no time."""
    points = [(point.time_ms, float(point.n_users)) for point in segment.sizes]
    return line_chart([("users", points)]) if points and points[0][0] < points[-1][0] else None


def cohesion_chart(figures: Figures, n: int = 8) -> LineChart | None:
    """Return the chart of the cohesion of the largest segments."""
    return line_chart(
        [(each.row.name, [(point.time_ms, point.value) for point in each.cohesion]) for each in figures.segments[:n]],
        from_zero=False,
    )


def anchors(segments: Sequence[SegmentFigures]) -> dict[str, str]:
    """Return an anchor for each segment, with its id where that is plain.

    >>> anchors([])
    {}
    """
    return {
        each.row.id: f"segment-{each.row.id if re.fullmatch(r'[A-Za-z0-9_-]{1,40}', each.row.id) else f'at-{at}'}"
        for at, each in enumerate(segments, start=1)
    }
