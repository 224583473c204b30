"""`python -m export verify`: is an encoder folder still what it was made to be?"""

from __future__ import annotations

from pathlib import Path
from typing import IO

import click

from export.base_model import resolve_base
from export.kept_reference import verify_alone
from export.verbs.convert import NO_PROJECTION, report
from export.verbs.project import distinct
from export.verify import Verification, with_shortest
from stream.onnx.folder import EncoderManifest, read_encoder_folder

EXISTING = click.Path(path_type=Path, file_okay=False, exists=True)


@click.command()
@click.argument("folder", type=EXISTING)
@click.option("--base", help="What FOLDER was converted from: compare with torch anew, every variant.")
@click.option("--texts", type=click.File(encoding="utf-8"), help="What it was fitted on; needed with --base.")
def verify(folder: Path, base: str | None, texts: IO[str] | None) -> None:
    """Check the digests of FOLDER and compare its vectors with those of the model it was made from.

    Those of some texts are kept in the folder, so nothing else is needed; with --base and --texts they are made anew,
    for a model that was converted but not fine-tuned. Ends with status 1 below the bounds.
    """
    manifest = read_encoder_folder(folder).manifest
    if base is None:
        report(verify_alone(folder), folder)
    elif texts is None:
        raise click.UsageError("--base needs --texts, the texts that the projection was fitted on")
    else:
        report(_anew(folder, manifest, base, distinct(texts)), folder)


def _anew(folder: Path, manifest: EncoderManifest, base: str, texts: list[str]) -> Verification:
    base_folder = resolve_base(base)
    from export.default import fit_reference  # torch takes seconds to import
    from export.reference import reference_vectors
    from export.to_onnx import to_onnx
    from export.variants import examine

    whitened = 0 if manifest.projection == NO_PROJECTION else manifest.dimension
    made = fit_reference(base_folder, texts, whitened, manifest.max_tokens)
    held = with_shortest(texts)
    reference = reference_vectors(made.module, made.tokenizer, held, manifest.text_step)
    return examine(folder, {"fp32": to_onnx(made.module)}, held, reference)["int8"].verification
