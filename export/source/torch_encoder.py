"""A base model in torch, whitened on texts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from export.projection.whiten import fit_whitening
from export.source.torch_reference import SentenceModule, load_tokenizer, load_transformer, pooled_vectors


@dataclass(frozen=True)
class TorchEncoder:
    """A torch model, its tokenizer, and the distinct texts of its projection."""

    module: SentenceModule
    tokenizer: Tokenizer
    texts: list[str]


def whitened_encoder(base: Path, texts: list[str], dimension: int, max_tokens: int) -> TorchEncoder:
    """Return the Hugging Face model in `base`, whitened on `texts` to `dimension`; 0 keeps the base's dimensions."""
    transformer, tokenizer = load_transformer(base), load_tokenizer(base, max_tokens)
    if dimension == 0:
        return TorchEncoder(SentenceModule(transformer), tokenizer, texts)
    pooled = pooled_vectors(SentenceModule(transformer), tokenizer, texts)
    return TorchEncoder(SentenceModule(transformer, fit_whitening(pooled, dimension)), tokenizer, texts)
