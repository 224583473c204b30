"""Line charts as numbers for SVG, so that a report's charts need no script and print well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600, 140


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a chart: its name and the `points` of a polyline; `dot` is the place of its last point."""

    name: str
    points: str
    dot: tuple[float, float]


@dataclass(frozen=True, slots=True)
class LineChart:
    """A chart of lines over time: values from `low` to `high`, times from `since_ms` to `until_ms`."""

    lines: tuple[Line, ...]
    low: float
    high: float
    since_ms: int
    until_ms: int


def line_chart(series: Sequence[tuple[str, Sequence[tuple[int, float]]]], from_zero: bool = True) -> LineChart | None:
    """Return a chart of named series of (time, value); None where no series has two points.

    >>> chart = line_chart([("J", [(0, 1.0), (10, 2.0)])])
    >>> chart.lines[0].points, chart.high
    ('0.0,70.0 600.0,0.0', 2.0)
    """
    drawn = [(name, points) for name, points in series if len(points) > 1]
    if not drawn:
        return None
    times = [time_ms for _, points in drawn for time_ms, _ in points]
    values = [value for _, points in drawn for _, value in points]
    low, high = (min(0.0, min(values)) if from_zero else min(values)), max(values)
    since, until = min(times), max(times)
    across, up = WIDTH / (until - since or 1), HEIGHT / (high - low or 1)
    lines = []
    for name, points in drawn:
        places = [((time_ms - since) * across, HEIGHT - (value - low) * up) for time_ms, value in points]
        lines.append(Line(name, " ".join(f"{x:.1f},{y:.1f}" for x, y in places), places[-1]))
    return LineChart(tuple(lines), low, high, since, until)
