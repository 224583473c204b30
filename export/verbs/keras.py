"""`python -m export keras`: a Keras encoder as an encoder folder. Needs the extra `keras`; imports no torch."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click
from tokenizers import Tokenizer

from export.package.bounds import Bounds
from export.package.folder import check_replaceable
from export.package.manifest import NO_PROJECTION, Provenance
from export.package.project_folder import FitData
from export.verbs import options
from export.verbs.output import print_verification


@click.command()
@click.argument("model", type=click.Path(path_type=Path, exists=True))
@click.option("--tokenizer", "tokenizer_file", type=options.FILE, required=True, help="The model's tokenizer.json.")
@options.texts
@options.out
@options.max_tokens
@options.bounds
@options.licence
@options.source
def keras(
    model: Path,
    tokenizer_file: Path,
    texts: FitData,
    out: Path,
    max_tokens: int,
    bounds: Bounds,
    licence: str,
    source: str,
) -> None:
    """Convert MODEL, a Keras file or a SavedModel folder, and verify it against Keras on the texts of --texts.

    MODEL takes input_ids and attention_mask and returns one vector a token, then averaged, or one a text. Needs
    TensorFlow (the extra `keras`). Whiten it with `project` afterwards.
    """
    if find_spec("tensorflow") is None or find_spec("tf2onnx") is None:
        raise click.ClickException("TensorFlow and tf2onnx are needed: install Segue with the extra `keras`")
    from export.package.build_keras import build_keras
    from export.source.keras import load_keras

    check_replaceable(out)
    texts.check_count(0)
    command = f"python -m export keras {model.name} --max-tokens {max_tokens}"
    provenance = Provenance(out.name, model.name, source, licence, texts.name, command, NO_PROJECTION)
    tokenizer = _truncating_tokenizer(tokenizer_file, max_tokens)
    print_verification(build_keras(load_keras(model), tokenizer, texts.texts, provenance, out, bounds), out)


def _truncating_tokenizer(file: Path, max_tokens: int) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer
