"""`python -m export convert`: a base model as it is, whitened on one's texts, as an encoder folder."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO

import click

from export.base_model import check_max_tokens, resolve_base
from export.folder import check_replaceable
from export.manifest import Origin
from export.texts import texts_sha256
from export.verbs.project import distinct
from export.verify import Bounds, Verification
from export.whiten import check_texts

FOLDER = click.Path(path_type=Path, file_okay=False)
NO_PROJECTION = "none"
DIMENSION = 128
MAX_TOKENS = 128


@click.command()
@click.argument("base")
@click.option("--texts", type=click.File(encoding="utf-8"), required=True, help="One text a line: what to fit on.")
@click.option("--out", type=FOLDER, required=True)
@click.option("--dimension", default=DIMENSION, show_default=True, help="Dimensions kept; 0: all, without whitening.")
@click.option("--max-tokens", default=MAX_TOKENS, show_default=True, help="Longer texts are cut.")
@click.option("--max-mb", default=30.0, show_default=True, help="Refuse a larger folder.")
@click.option("--fp16", is_flag=True, help="Add model.fp16.onnx, which SEGUE_PROVIDER=cuda runs.")
@click.option("--licence", required=True, help="Of the base model, as its card says.")
@click.option("--source", required=True, help="Where the base model was had.")
def convert(
    base: str,
    texts: IO[str],
    out: Path,
    dimension: int,
    max_tokens: int,
    max_mb: float,
    fp16: bool,
    licence: str,
    source: str,
) -> None:
    """Make an encoder of the model BASE: a Hugging Face folder (config, weights, tokenizer), or an id on a hub.

    It is whitened, and compared with torch, on the texts of --texts. BERT, RoBERTa, XLNet, DistilBERT, MiniLM, ELECTRA
    and MPNet are tested; any model whose output is one vector a token will do.
    """
    check_replaceable(out)
    lines = distinct(texts)
    check_texts(len(lines), dimension)
    folder = resolve_base(base)
    check_max_tokens(folder, max_tokens)
    from export.build import Extras, build  # torch takes seconds to import: not before all else is right
    from export.default import fit_reference

    made = fit_reference(folder, lines, dimension, max_tokens)
    name = Path(base).name
    command = f"python -m export convert {name} --dimension {dimension} --max-tokens {max_tokens}"
    origin = projected(
        Origin(out.name, name, source, licence, Path(texts.name).name, command, "", texts_sha256(lines)), dimension
    )
    bounds = Bounds(size_bytes=int(max_mb * 1e6))
    report(build(made.module, made.tokenizer, made.texts, origin, out, bounds, Extras(fp16=fp16)), out)


def projected(origin: Origin, dimension: int) -> Origin:
    """`origin`, and that the model is whitened to `dimension`, 0 for not at all."""
    projection = f"PCA whitening to {dimension} dimensions, inside the graph" if dimension else NO_PROJECTION
    return replace(origin, projection=projection)


def report(verification: Verification, folder: Path) -> None:
    """One JSON object."""
    click.echo(json.dumps({"folder": folder.name, **asdict(verification)}))
