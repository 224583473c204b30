"""`python -m export record`: figures measured elsewhere, into a manifest."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import click
import msgspec

from export.errors import DataError
from export.package.manifest import record_metrics
from export.verbs import options
from stream.onnx.folder import Metric


@click.command()
@click.argument("folder", type=options.ENCODER)
@click.argument("figures", type=click.File("rb"))
@click.option("--prefix", default="", help="Prepended to every name.")
def record(folder: Path, figures: IO[bytes], prefix: str) -> None:
    """Add FIGURES, a JSON object of names and numbers, to the manifest of FOLDER; `-` reads standard input.

    \b
    echo '{"MRR": 0.28}' | python -m export record models/mine - --prefix ours_
    """
    try:
        metrics = msgspec.json.decode(figures.read(), type=dict[str, Metric])
    except msgspec.DecodeError as error:
        raise DataError(f"{figures.name} is not a JSON object of names and figures: {error}") from error
    record_metrics(folder, {prefix + name: value for name, value in metrics.items()})
