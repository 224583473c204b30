"""Cells of text as aligned columns, for a terminal as for a pipe."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from stream.core.sentence.visible_text import visible

NOTHING = "–"  # a cell without a value

_WIDTH = 10_000  # characters: a line is never wrapped, so that every row stays one line of a pipe


def columns(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> str:
    """Return one line a row; columns are two spaces apart, those with an index in `right` right-aligned.

    Unprintable characters of a cell are escapes.

    >>> print(columns([["id", "n"], ["s-0001", "7"]], right={1}))
    id      n
    s-0001  7
    """
    table = Table.grid(padding=(0, 2))
    for at in range(len(rows[0])):
        table.add_column(justify="right" if at in right else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    console = Console(file=StringIO(), width=_WIDTH, color_system=None)
    with console.capture() as printed:
        console.print(table)
    return "\n".join(line.rstrip() for line in printed.get().splitlines())


def percent(share: float) -> str:
    """Return a share of 1 in percent with one decimal: `4.2 %`."""
    return f"{share:.1%}".replace("%", " %")


def minute(time_ms: int) -> str:
    """Return the minute in UTC; NOTHING for 0."""
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d %H:%M}" if time_ms else NOTHING
