"""`python -m bench report`."""

from __future__ import annotations

from pathlib import Path

import click

from bench.harness.options import json_option, quick_option
from bench.harness.runner import run


@click.command()
@quick_option
@json_option
def report(quick: bool, json_file: Path | None) -> None:
    """Measure what `segue report` costs at 5,000 and 50,000 users: CPU time, memory, and bytes of the file.

    Needs the extras `cpu`, `demo`, `serve` and `report`; takes some ten minutes and 1 GB of disk.
    """
    run("report", ["file"], quick, json_file)
