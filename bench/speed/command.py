"""`python -m bench speed`."""

from __future__ import annotations

from pathlib import Path

import click

from bench.harness.options import json_option, quick_option
from bench.harness.runner import run

PARTS = ("core", "decode", "messages", "formats", "worker", "peers", "latency", "training", "users", "restart")


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@quick_option
@json_option
def speed(parts: tuple[str, ...], quick: bool, json_file: Path | None) -> None:
    """Measure the cost of an event, a user, a segment model and a restart; without PARTS all of them.

    Needs the extras `cpu`, `kafka` and `demo`, and an otherwise idle machine. The Faust engine is measured where the
    extra `faust` is installed.
    """
    run("speed", parts or PARTS, quick, json_file)
