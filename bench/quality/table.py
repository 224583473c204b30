"""Rows as Markdown: figures with the best of each column in bold, then their intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bench.quality.aims import Verdict
from bench.quality.estimates import Estimate
from bench.quality.rows import Row

Figures = Mapping[str, Estimate]
_DIGITS = 3


def figures_table(rows: Sequence[Row]) -> str:
    """The best of a column in bold; ~ after a figure whose interval reaches the best."""
    return _table(rows, lambda row: row.scores.figures, _marked)


def intervals_table(rows: Sequence[Row]) -> str:
    """The 95 % intervals."""
    return _table(rows, lambda row: row.scores.figures, _interval)


def generality_table(rows: Sequence[Row]) -> str:
    """Figures, and under another name their intervals, of the rows that have them."""
    general = {row.name: row.generality for row in rows if row.generality}
    able = [row for row in rows if row.name in general]
    return _table(
        able, lambda row: general[row.name].figures, lambda found, best: f"{_value(found)} ({_interval(found, best)})"
    )


def said(verdict: Verdict) -> str:
    """One line."""
    aim = f"at least {verdict.aim:.{_DIGITS}f} ({verdict.why})"
    return f"* {verdict.row}: {verdict.figure} {verdict.value:.{_DIGITS}f}, {aim}: {verdict.outcome}"


def _table(rows: Sequence[Row], figures: Callable[[Row], Figures], cell: Callable[[Estimate, float], str]) -> str:
    names = list(figures(rows[0]))
    best = {name: max(figures(row)[name].value for row in rows) for name in names}
    lines = [
        [row.name, f"{row.scores.dimension:,}", *(cell(figures(row)[name], best[name]) for name in names)]
        for row in rows
    ]
    return markdown([["", "dim", *names], *lines])


def markdown(lines: Sequence[Sequence[str]]) -> str:
    """A table of cells, the first line its head: the first column to the left, the others to the right.

    >>> print(markdown([["", "dim"], ["raw", "384"]]))
    |     | dim |
    |:----|----:|
    | raw | 384 |
    """
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = [[line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])] for line in lines]
    rule = "|".join([":" + "-" * (widths[0] + 1), *("-" * (width + 1) + ":" for width in widths[1:])])
    head, *body = [f"| {' | '.join(cells)} |" for cells in padded]
    return "\n".join([head, f"|{rule}|", *body])


def _marked(found: Estimate, best: float) -> str:
    if found.value == best:
        return f"**{_value(found)}**"
    return f"{_value(found)} ~" if found.high >= best else _value(found)


def _interval(found: Estimate, best: float) -> str:
    return f"{found.low:.{_DIGITS}f}–{found.high:.{_DIGITS}f}"


def _value(found: Estimate) -> str:
    return f"{found.value:.{_DIGITS}f}"
