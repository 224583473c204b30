"""Rows as Markdown tables: the columns are the rows' fields, so a part says once what it measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import click
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

_WIDTH = 200  # a wrapped cell is no Markdown


def print_conditions(conditions: Mapping[str, str]) -> None:
    """One line for each condition."""
    click.echo("\n".join(f"* {name}: {value}" for name, value in conditions.items()) + "\n")


def print_table(title: str, rows: Sequence[Any], note: str) -> None:
    """Rows of one dataclass under their fields' names."""
    table = Table(box=MARKDOWN)
    for name in (field.name for field in fields(rows[0])):
        table.add_column(heading(name), justify="left" if isinstance(getattr(rows[0], name), str) else "right")
    for row in rows:
        table.add_row(*(cell(getattr(row, field.name)) for field in fields(row)))
    click.echo(f"### {title}\n\n{_markdown(table)}\n\n{note}\n")


def heading(name: str) -> str:
    """A field's name for people.

    >>> heading("n_events"), heading("us_per_event"), heading("p99_ms")
    ('events', 'µs/event', 'p99 ms')
    """
    words = name.removeprefix("n_").replace("_per_", "/").replace("_", " ")
    return words.replace("us/", "µs/") if words.startswith("us/") else words


def cell(value: object) -> str:
    """A number with as many digits as it deserves; None is empty.

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


def _markdown(table: Table) -> str:
    console = Console(width=_WIDTH, color_system=None)
    with console.capture() as captured:
        console.print(table)
    return "\n".join(line.strip() for line in captured.get().splitlines() if line.strip())
