"""Markdown tables. Columns are the fields of the rows, so a measurement names each figure once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import click
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

_WIDTH = 400  # a wrapped cell is no Markdown


def print_conditions(conditions: Mapping[str, str]) -> None:
    """Print one line for each condition."""
    click.echo("\n".join(f"* {name}: {value}" for name, value in conditions.items()) + "\n")


def print_table(title: str, rows: Sequence[Any], note: str) -> None:
    """Print rows of one dataclass under the names of their fields."""
    names = [field.name for field in fields(rows[0])]
    is_text = [isinstance(getattr(rows[0], name), str) for name in names]
    lines = [[cell(getattr(row, name)) for name in names] for row in rows]
    click.echo(f"### {title}\n\n{markdown([heading(name) for name in names], lines, is_text)}\n\n{note}\n")


def markdown(header: Sequence[str], lines: Sequence[Sequence[str]], is_text: Sequence[bool]) -> str:
    """Return a table; columns of text are aligned to the left, others to the right.

    >>> print(markdown(["", "dim"], [["raw", "384"]], [True, False]))
    |     | dim |
    |-----|-----|
    | raw | 384 |
    """
    table = Table(box=MARKDOWN)
    for name, left in zip(header, is_text, strict=True):
        table.add_column(name, justify="left" if left else "right")
    for line in lines:
        table.add_row(*line)
    console = Console(width=_WIDTH, color_system=None, markup=False)
    with console.capture() as captured:
        console.print(table)
    return "\n".join(line.strip() for line in captured.get().splitlines() if line.strip())


def heading(name: str) -> str:
    """Return the column heading of a field.

    >>> heading("n_events"), heading("us_per_event"), heading("p99_ms")
    ('events', 'µs/event', 'p99 ms')
    """
    words = name.removeprefix("n_").replace("_per_", "/").replace("_", " ")
    return words.replace("us/", "µs/") if words.startswith("us/") else words


def cell(value: object) -> str:
    """Return a value with three significant digits where it has a fraction; None is empty.

    >>> cell(12345), cell(12345.6), cell(12.345), cell(0.34567), cell(None), cell("torch")
    ('12,345', '12,346', '12.3', '0.346', '', 'torch')
    """
    match value:
        case None:
            return ""
        case int():
            return f"{value:,}"
        case float():
            digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
            return f"{value:,.{digits}f}"
        case tuple():
            return " / ".join(map(cell, value))
    return str(value)
