"""`python -m bench api`."""

from __future__ import annotations

from pathlib import Path

import click

from bench.harness.options import json_option, quick_option
from bench.harness.runner import run

PARTS = ("latency",)


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@quick_option
@json_option
def api(parts: tuple[str, ...], quick: bool, json_file: Path | None) -> None:
    """Measure dashboard and API beside a running worker. Needs 3 GB of disk for its temporary files."""
    run("api", parts or PARTS, quick, json_file)
