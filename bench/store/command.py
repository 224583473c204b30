"""`python -m bench store`."""

from __future__ import annotations

from pathlib import Path

import click

from bench.harness.options import json_option, quick_option
from bench.harness.runner import run

PARTS = ("apply", "users")


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@quick_option
@json_option
def store(parts: tuple[str, ...], quick: bool, json_file: Path | None) -> None:
    """Measure the store of dashboard and API; without PARTS all of them. Needs 3 GB of disk for its temporary files."""
    run("store", parts or PARTS, quick, json_file)
