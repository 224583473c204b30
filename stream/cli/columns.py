"""Rows of text as aligned columns, for a terminal as for a pipe."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from rich.cells import cell_len

NOTHING = "–"  # where there is no value to show


def columns(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> str:
    """One line a row, columns two spaces apart, those whose index is in `right` aligned to the right.

    >>> print(columns([["id", "n"], ["s-0001", "7"]], right={1}))
    id      n
    s-0001  7
    """
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    lines = ([_padded(cell, widths[at], at in right) for at, cell in enumerate(row)] for row in rows)
    return "\n".join("  ".join(line).rstrip() for line in lines)


def percent(share: float) -> str:
    """A share of 1 with one decimal: `4.2 %`."""
    return f"{share:.1%}".replace("%", " %")


def minute(time_ms: int) -> str:
    """The minute in UTC; NOTHING for 0."""
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d %H:%M}" if time_ms else NOTHING


def _padded(cell: str, width: int, right: bool) -> str:
    space = " " * (width - cell_len(cell))
    return space + cell if right else cell + space
