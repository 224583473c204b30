"""`python -m export record`: figures measured elsewhere, into a manifest."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import click
import msgspec

from export.manifest import record as record_metrics
from stream.onnx.folder import Metric


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.argument("measures", type=click.File("rb"))
@click.option("--prefix", default="", help="Put before every name.")
def record(folder: Path, measures: IO[bytes], prefix: str) -> None:
    """Add MEASURES, a JSON object of names and figures, to the manifest of FOLDER; `-` reads standard input."""
    metrics = msgspec.json.decode(measures.read(), type=dict[str, Metric])
    record_metrics(folder, {prefix + name: value for name, value in metrics.items()})
