"""`python -m export keras`: a Keras encoder as an encoder folder. Needs the extra `keras`; imports no torch."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import click
from tokenizers import Tokenizer

from export.folder import check_replaceable
from export.manifest import Origin
from export.verbs.project import distinct
from export.verify import Bounds
from export.whiten import check_texts

FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command()
@click.argument("model", type=click.Path(path_type=Path, exists=True))
@click.option("--tokenizer", "tokenizer_file", type=FILE, required=True, help="Its tokenizer.json.")
@click.option("--texts", type=click.File(encoding="utf-8"), required=True, help="One text a line: what to verify on.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--max-tokens", type=click.IntRange(2), default=128, show_default=True, help="Longer texts are cut.")
@click.option("--max-mb", default=30.0, show_default=True, help="Refuse a larger folder.")
@click.option("--licence", required=True, help="Of the model, as its card says.")
@click.option("--source", required=True, help="Where the model was had.")
def keras(
    model: Path,
    tokenizer_file: Path,
    texts: IO[str],
    out: Path,
    max_tokens: int,
    max_mb: float,
    licence: str,
    source: str,
) -> None:
    """Make an encoder of MODEL, a Keras file or a SavedModel folder, with the same contract as any other.

    It takes input_ids and attention_mask and gives a vector a token, which are averaged, or one a text. Needs
    TensorFlow (the extra `keras`). Whiten it with `project` afterwards.
    """
    if find_spec("tensorflow") is None or find_spec("tf2onnx") is None:
        raise click.ClickException("TensorFlow and tf2onnx are needed: install Segue with the extra `keras`")
    from export.keras import build_keras, load_keras

    check_replaceable(out)
    lines = distinct(texts)
    check_texts(len(lines), 0)
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    command = f"python -m export keras {model.name} --max-tokens {max_tokens}"
    origin = Origin(out.name, model.name, source, licence, Path(texts.name).name, command, "none")
    bounds = Bounds(size_bytes=int(max_mb * 1e6))
    verification = build_keras(load_keras(model), tokenizer, lines, origin, out, bounds)
    click.echo(json.dumps({"folder": out.name, **asdict(verification)}))
