"""`python -m export convert`: a base model, whitened on one's own texts, as an encoder folder."""

from __future__ import annotations

from pathlib import Path

import click

from export.package.bounds import Bounds
from export.package.folder import check_replaceable
from export.package.manifest import Provenance, describe_whitening
from export.package.project_folder import FitData
from export.source.huggingface import resolve_base
from export.texts import texts_sha256
from export.verbs import options
from export.verbs.output import print_verification


@click.command()
@click.argument("base")
@options.texts
@options.out
@options.whitened_dimension
@options.max_tokens
@options.bounds
@click.option("--fp16", is_flag=True, help="Add model.fp16.onnx, for SEGUE_PROVIDER=cuda.")
@options.licence
@options.source
def convert(
    base: str,
    texts: FitData,
    out: Path,
    dimension: int,
    max_tokens: int,
    bounds: Bounds,
    fp16: bool,
    licence: str,
    source: str,
) -> None:
    """Convert the model BASE: a Hugging Face folder (config, weights, tokenizer), or an id on a hub.

    The model is whitened, and verified against torch, on the texts of --texts. BERT, RoBERTa, XLNet, DistilBERT,
    MiniLM, ELECTRA and MPNet are tested; any model with one output vector a token works.

    \b
    python -m export convert bert/ --texts texts.txt --out models/mine --licence MIT --source "our own"
    """
    check_replaceable(out)
    texts.check_count(dimension)
    folder = resolve_base(base, max_tokens)
    from export.package.build import Extras, build  # torch takes seconds to import: check the input first
    from export.source.torch_encoder import whitened_encoder

    encoder = whitened_encoder(folder, list(texts.texts), dimension, max_tokens)
    name, projection = Path(base).name, describe_whitening(dimension)
    command = f"python -m export convert {name} --dimension {dimension} --max-tokens {max_tokens}"
    provenance = Provenance(out.name, name, source, licence, texts.name, command, projection, texts_sha256(texts.texts))
    print_verification(build(encoder, provenance, out, bounds, Extras(fp16=fp16)), out)
