"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

import click

from export.package.bounds import Bounds
from export.package.project_folder import FitData
from export.texts import distinct_lines
from stream.onnx.shipped import encoder_folder


class EncoderFolder(click.Path):
    """A folder of an encoder, or the name of a shipped one: `default`, `demo`."""

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """Return the folder of the encoder; fail if it does not exist."""
        return super().convert(encoder_folder(os.fspath(value)), param, ctx)


ENCODER = EncoderFolder(path_type=Path, file_okay=False, exists=True)
FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
DIMENSION = 128

Command = Callable[..., None]

out = click.option("--out", type=FOLDER, required=True, help="Encoder folder to make; an encoder there is replaced.")


def _distinct_lines(_: click.Context, __: click.Parameter, file: IO[str] | None) -> FitData | None:
    return None if file is None else FitData(Path(file.name).name, distinct_lines(file))


def _bounds(_: click.Context, __: click.Parameter, max_mb: float) -> Bounds:
    return Bounds(size_bytes=int(max_mb * 1e6))


def texts_option(required: bool, help_text: str) -> Callable[[Command], Command]:
    """Return the option --texts, given to a command as `FitData` of distinct lines, or None."""
    file = click.File(encoding="utf-8")
    return click.option("--texts", type=file, required=required, callback=_distinct_lines, help=help_text)


texts = texts_option(True, "File of texts, one a line.")
dimension = click.option(
    "--dimension", type=click.IntRange(1), default=DIMENSION, show_default=True, help="Dimensions of a vector."
)
whitened_dimension = click.option(
    "--dimension", default=DIMENSION, show_default=True, help="Dimensions of a vector; 0: the base's, not whitened."
)
max_tokens = click.option(
    "--max-tokens", type=click.IntRange(2), default=128, show_default=True, help="Longer texts are truncated."
)
bounds = click.option(
    "--max-mb", "bounds", default=30.0, show_default=True, callback=_bounds, help="Fail if the folder gets larger."
)
licence = click.option("--licence", required=True, help="Licence of the model, as its card states it.")
source = click.option("--source", required=True, help="Where the model was obtained.")
work = click.option("--work", type=FOLDER, help="Folder of intermediate results.  [default: beside --out]")
