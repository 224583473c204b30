"""`python -m export convert`: a base model, whitened on one's own texts, as an encoder folder."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import click

from export.package.bounds import Bounds
from export.package.folder import check_replaceable
from export.package.manifest import Provenance, describe_whitening
from export.source.huggingface import check_max_tokens, resolve_base
from export.texts import check_count, distinct_lines, texts_sha256
from export.verbs import options
from export.verbs.output import print_verification


@click.command()
@click.argument("base")
@options.texts
@options.out
@options.whitened_dimension
@options.max_tokens
@options.max_mb
@click.option("--fp16", is_flag=True, help="Add model.fp16.onnx, for SEGUE_PROVIDER=cuda.")
@options.licence
@options.source
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
    """Convert the model BASE: a Hugging Face folder (config, weights, tokenizer), or an id on a hub.

    The model is whitened, and verified against torch, on the texts of --texts. BERT, RoBERTa, XLNet, DistilBERT,
    MiniLM, ELECTRA and MPNet are tested; any model with one output vector a token works.
    """
    check_replaceable(out)
    lines = distinct_lines(texts)
    check_count(len(lines), dimension)
    folder = resolve_base(base)
    check_max_tokens(folder, max_tokens)
    from export.package.build import Extras, build  # torch takes seconds to import: check the input first
    from export.source.torch_encoder import whitened_encoder

    encoder = whitened_encoder(folder, lines, dimension, max_tokens)
    command = f"python -m export convert {Path(base).name} --dimension {dimension} --max-tokens {max_tokens}"
    provenance = Provenance(
        name=out.name,
        base=Path(base).name,
        source=source,
        licence=licence,
        data=Path(texts.name).name,
        created_by=command,
        projection=describe_whitening(dimension),
        data_sha256=texts_sha256(lines),
    )
    bounds = Bounds(size_bytes=int(max_mb * 1e6))
    print_verification(build(encoder, provenance, out, bounds, Extras(fp16=fp16)), out)
