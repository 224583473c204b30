"""`python -m export default-model`: the general encoder that ships, all-MiniLM-L6-v2 whitened on the demo data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from export.build import build
from export.default import DIMENSION, ORIGIN, default_reference
from export.folder import check_replaceable
from export.texts import texts_sha256
from export.verbs.convert import FOLDER, projected, report


@click.command("default-model")
@click.option("--out", type=FOLDER, default=Path("models/default"), show_default=True)
@click.option("--dimension", default=DIMENSION, show_default=True, help="Dimensions kept; 0: all, without whitening.")
def default_model(out: Path, dimension: int) -> None:
    """Make the default model: all-MiniLM-L6-v2, whitened on the demo data. Needs no network; about a minute."""
    check_replaceable(out)
    made = default_reference(dimension)
    origin = ORIGIN if dimension == DIMENSION else projected(ORIGIN, dimension)
    origin = replace(origin, data_sha256=texts_sha256(made.texts))
    report(build(made.module, made.tokenizer, made.texts, origin, out), out)
