"""Results on standard output: one JSON object, or the table of a fine-tuning."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from export.package.bounds import Verification

if TYPE_CHECKING:
    from export.finetune.report import Report


def print_verification(verification: Verification, folder: Path) -> None:
    """Print one JSON object: the folder's name and its measurements."""
    click.echo(json.dumps({"folder": folder.name, **asdict(verification)}))


def print_report(report: Report, name: str) -> None:
    """Print the figures on held-out users as a table."""
    Console().print(report_table(report, name))


def report_table(report: Report, name: str) -> Table:
    """Return a table of re-identification by leading dimensions, and of label heads."""
    table = Table(title=f"{name}: {report.n_users} held-out users", title_justify="left")
    for column in ("measure", "value"):
        table.add_column(column, justify="left" if column == "measure" else "right")
    table.add_row("re-identification MRR, base model", f"{report.mrr_of_base:.3f}")
    for dimension, mrr in report.mrr.items():
        table.add_row(f"re-identification MRR, {dimension} dimensions", f"{mrr:.3f}")
    for label, scores in report.labels.items():
        table.add_row(f"{label}: macro-F1 ({scores.n_users} users)", f"{scores.macro_f1:.3f}")
        table.add_row(f"{label}: coverage", f"{scores.coverage:.0%}")
        table.add_row(f"{label}: precision", f"{scores.precision:.0%}")
        table.add_row(f"{label}: calibration error", f"{scores.calibration_error:.3f}")
    return table
