"""Rows as Markdown: figures with the best of each column in bold, then their intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bench.harness.tables import markdown
from bench.quality.aims import AimOutcome
from bench.quality.estimates import Estimate
from bench.quality.rows import Row

Figures = Mapping[str, Estimate]
_DIGITS = 3


def figures_table(rows: Sequence[Row]) -> str:
    """Return the figures, the best of a column in bold; ~ marks a figure whose interval reaches the best."""
    return _table(rows, lambda row: row.scores.figures, _marked)


def intervals_table(rows: Sequence[Row]) -> str:
    """Return the 95 % intervals."""
    return _table(rows, lambda row: row.scores.figures, _interval)


def generality_table(rows: Sequence[Row]) -> str:
    """Return the generality figures with intervals, where measured."""
    general = {row.name: row.generality for row in rows if row.generality}
    able = [row for row in rows if row.name in general]
    return _table(
        able, lambda row: general[row.name].figures, lambda found, best: f"{_value(found)} ({_interval(found, best)})"
    )


def aim_line(outcome: AimOutcome) -> str:
    """Return an outcome as one line."""
    aim = f"at least {outcome.aim:.{_DIGITS}f} ({outcome.why})"
    return f"* {outcome.row}: {outcome.figure} {outcome.value:.{_DIGITS}f}, {aim}: {outcome.outcome}"


def _table(rows: Sequence[Row], figures: Callable[[Row], Figures], cell: Callable[[Estimate, float], str]) -> str:
    names = list(figures(rows[0]))
    best = {name: max(figures(row)[name].value for row in rows) for name in names}
    lines = [
        [row.name, f"{row.scores.dimension:,}", *(cell(figures(row)[name], best[name]) for name in names)]
        for row in rows
    ]
    return markdown(["", "dim", *names], lines, [True, *[False] * (len(names) + 1)])


def _marked(found: Estimate, best: float) -> str:
    if found.value == best:
        return f"**{_value(found)}**"
    return f"{_value(found)} ~" if found.high >= best else _value(found)


def _interval(found: Estimate, best: float) -> str:
    return f"{found.low:.{_DIGITS}f}–{found.high:.{_DIGITS}f}"


def _value(found: Estimate) -> str:
    return f"{found.value:.{_DIGITS}f}"
