"""`python -m bench encoder`."""

from __future__ import annotations

from pathlib import Path

import click

from bench.harness.options import json_option, quick_option
from bench.harness.runner import run

PARTS = ("throughput", "distinct", "lengths", "batches")


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@quick_option
@json_option
def encoder(parts: tuple[str, ...], quick: bool, json_file: Path | None) -> None:
    """Measure texts to vectors beside torch; without PARTS all of them.

    Needs the extras `cpu`, `demo` and `export`, and an otherwise idle machine.
    """
    run("encoder", parts or PARTS, quick, json_file)
