"""`python -m export default-model`: the encoder in `models/default`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from export.package.build import build
from export.package.folder import check_replaceable
from export.package.manifest import describe_whitening
from export.presets.default import PROVENANCE, default_encoder
from export.texts import texts_sha256
from export.verbs import options
from export.verbs.output import print_verification


@click.command("default-model")
@click.option("--out", type=options.FOLDER, default=Path("models/default"), show_default=True)
@options.whitened_dimension
def default_model(out: Path, dimension: int) -> None:
    """Build the default encoder: all-MiniLM-L6-v2, whitened on the demo data.

    Needs no network and about a minute. The same library versions give the same model.onnx to the last byte.
    """
    check_replaceable(out)
    encoder = default_encoder(dimension)
    projection = describe_whitening(dimension)
    provenance = replace(PROVENANCE, projection=projection, data_sha256=texts_sha256(encoder.texts))
    print_verification(build(encoder, provenance, out), out)
