"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

FOLDER = click.Path(path_type=Path, file_okay=False)
ENCODER = click.Path(path_type=Path, file_okay=False, exists=True)
FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
DIMENSION = 128

out = click.option("--out", type=FOLDER, required=True, help="Encoder folder to make; an encoder there is replaced.")
texts = click.option("--texts", type=click.File(encoding="utf-8"), required=True, help="File of texts, one a line.")
dimension = click.option(
    "--dimension", type=click.IntRange(1), default=DIMENSION, show_default=True, help="Dimensions of a vector."
)
whitened_dimension = click.option(
    "--dimension", default=DIMENSION, show_default=True, help="Dimensions of a vector; 0: the base's, not whitened."
)
max_tokens = click.option(
    "--max-tokens", type=click.IntRange(2), default=128, show_default=True, help="Longer texts are truncated."
)
max_mb = click.option("--max-mb", default=30.0, show_default=True, help="Fail if the folder gets larger.")
licence = click.option("--licence", required=True, help="Licence of the model, as its card states it.")
source = click.option("--source", required=True, help="Where the model was obtained.")
work = click.option("--work", type=FOLDER, help="Folder of intermediate results.  [default: beside --out]")
