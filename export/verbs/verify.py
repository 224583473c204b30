"""`python -m export verify`: an encoder folder against its source."""

from __future__ import annotations

from pathlib import Path

import click

from export.package.bounds import Verification
from export.package.golden_vectors import verify_golden_vectors
from export.package.manifest import NO_PROJECTION
from export.package.project_folder import FitData
from export.source.huggingface import resolve_base
from export.texts import add_shortest_word
from export.verbs import options
from export.verbs.output import print_verification
from stream.onnx.folder import EncoderManifest, read_encoder_folder


@click.command()
@click.argument("folder", type=options.ENCODER)
@click.option("--base", help="The base model of FOLDER: compare with torch again, every variant.")
@options.texts_option(False, "The texts of its projection; needed with --base.")
def verify(folder: Path, base: str | None, texts: FitData | None) -> None:
    """Check the digests of FOLDER and compare its vectors with those of its source model.

    Golden vectors in the folder are enough. With --base and --texts the source is run again, for a model that was
    converted and not fine-tuned. Exits with status 1 below the bounds.

    \b
    python -m export verify models/default
    """
    manifest = read_encoder_folder(folder).manifest
    if base is None:
        verification = verify_golden_vectors(folder)
    elif texts is None:
        raise click.UsageError("--base needs --texts, the texts of its projection")
    else:
        verification = _verify_against_torch(folder, manifest, base, list(texts.texts))
    print_verification(verification, folder)


def _verify_against_torch(folder: Path, manifest: EncoderManifest, base: str, texts: list[str]) -> Verification:
    base_folder = resolve_base(base)
    from export.graph.to_onnx import to_onnx  # torch takes seconds to import: check the input first
    from export.package.variants import verify_variants
    from export.package.verify import ReferenceVectors
    from export.source.torch_encoder import whitened_encoder
    from export.source.torch_reference import reference_vectors

    dimension = 0 if manifest.projection == NO_PROJECTION else manifest.dimension
    encoder = whitened_encoder(base_folder, texts, dimension, manifest.max_tokens)
    checked = add_shortest_word(texts)
    vectors = reference_vectors(encoder.module, encoder.tokenizer, checked, manifest.text_step)
    found = verify_variants(folder, to_onnx(encoder.module), ReferenceVectors(checked, vectors))
    return found["int8"].verification
