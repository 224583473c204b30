"""`python -m bench apps`."""

from __future__ import annotations

from pathlib import Path

import click

from bench.harness.options import json_option, quick_option
from bench.harness.runner import run
from stream.runtime.process import prepare_process

PARTS = ("marketing", "recommendation", "reaction", "relationship", "risk", "lookalike", "lookalike_cost", "profiles")


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@quick_option
@json_option
def apps(parts: tuple[str, ...], quick: bool, json_file: Path | None) -> None:
    """Measure the applications on real purchases, beside plain baselines; without PARTS all of them.

    Needs the extras `cpu` and `demo`. The first run replays the purchases, some minutes, and keeps what was published;
    later ones read it.
    """
    prepare_process()
    run("apps", parts or PARTS, quick, json_file)
