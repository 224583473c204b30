"""The encoder in torch: the reference that exported graphs must reproduce."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn
from tqdm import tqdm
from transformers import AutoModel, AutoTokenizer

from export.projection.principal import MIN_NORM
from export.projection.whiten import Projection
from export.source.huggingface import check_base, check_max_tokens
from stream.core.arrays import Vectors
from stream.core.text.steps import TextStep

Transformer = Any  # a Hugging Face model: an nn.Module with a `config`

BATCH_TEXTS = 32
MIN_TOKENS = 2  # an empty text is all padding and has the zero vector


class SentenceModule(nn.Module):
    """A transformer with a projection of every token, mean pooling, and a rule of lengths.

    With `normalise` every vector has length 1. Without, lengths are learned: the projection's own, clipped at 1, so
    a length can weight its text in a profile. `fit_lengths` scales them.

    The projection is linear and the mean's weights sum to 1, so projecting tokens equals projecting their mean. Tokens
    are projected because the CPU kernel for a matrix of one row rounds otherwise than the kernel for a batch.
    """

    def __init__(
        self, transformer: Transformer, projection: Projection | None = None, *, normalise: bool = True
    ) -> None:
        super().__init__()
        self.transformer = transformer
        self.project: nn.Module = _linear(projection) if projection else nn.Identity()
        self.dimension = int(projection.weight.shape[1] if projection else self.transformer.config.hidden_size)
        self.normalise = normalise
        self.eval()

    @property
    def min_norm(self) -> float:
        """Smallest divisor of a vector; 1 leaves vectors shorter than 1 as they are."""
        return MIN_NORM if self.normalise else 1.0

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Map ids and mask (n, tokens) to vectors (n, d) of length 1, or of at most 1 with learned lengths."""
        pooled = self.pool(input_ids, attention_mask)
        norms: torch.Tensor = pooled.norm(dim=1, keepdim=True)
        return pooled / norms.clamp(min=self.min_norm)

    def pool(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Map ids and mask (n, tokens) to projected means (n, d), not normalised."""
        hidden: torch.Tensor = self.transformer(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.to(hidden.dtype)
        weights = mask / mask.sum(dim=1, keepdim=True).clamp(min=1.0)
        projected: torch.Tensor = self.project(hidden)
        return (weights[:, None, :] @ projected)[:, 0]  # a product: ONNX Runtime sums 1 and n texts differently


def fit_lengths(module: SentenceModule, tokenizer: Tokenizer, texts: Sequence[str]) -> None:
    """Scale the projection of `module`, in place, so that the longest vector of `texts` has length 1.

    Raises ValueError when `module` normalises its vectors, or when all vectors are zero.
    """
    if module.normalise:
        raise ValueError("a module that normalises has no lengths to fit")
    longest = float(np.linalg.norm(pooled_vectors(module, tokenizer, texts), axis=1).max())
    if longest == 0:
        raise ValueError("every vector is zero: nothing to scale")
    if isinstance(module.project, nn.Identity):
        module.project = _linear(_identity(module.dimension))
    for parameter in module.project.parameters():
        parameter.data /= longest


def load_transformer(folder: Path) -> Transformer:
    """Load the Hugging Face model in `folder`, with the eager attention that ONNX Runtime's fusion recognises.

    Raises BaseModelError when `folder` is incomplete.
    """
    check_base(folder)
    return AutoModel.from_pretrained(folder, attn_implementation="eager", local_files_only=True).eval()


def load_tokenizer(folder: Path, max_tokens: int) -> Tokenizer:
    """Load the tokenizer in `folder`; texts are truncated at `max_tokens` and not padded.

    Raises BaseModelError when `folder` is incomplete or its model reads fewer tokens.
    """
    check_base(folder)
    check_max_tokens(folder, max_tokens)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True).backend_tokenizer
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return Tokenizer.from_str(tokenizer.to_str())


def pooled_vectors(module: SentenceModule, tokenizer: Tokenizer, texts: Sequence[str]) -> Vectors:
    """Return the pooled vectors (n, d) of `texts` in order, before the L2 norm; similar lengths share a batch."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    rows: list[Vectors] = [np.empty(0, np.float32)] * len(texts)
    for start in tqdm(range(0, len(order), BATCH_TEXTS), desc="torch reference", unit="batch", leave=False):
        positions = order[start : start + BATCH_TEXTS]
        ids, mask = padded([tokenizer.encode(texts[i]).ids for i in positions])
        with torch.inference_mode():
            batch = module.pool(ids, mask).numpy()
        for i, row in zip(positions, batch, strict=True):
            rows[i] = row
    return np.stack(rows)


def reference_vectors(
    module: SentenceModule, tokenizer: Tokenizer, texts: Sequence[str], text_step: TextStep | None = None
) -> Vectors:
    """Return the vectors (n, d) of `texts` in order, after `text_step`; zero for a text without words left."""
    words = texts if text_step is None else [text_step.apply(text) for text in texts]
    pooled = pooled_vectors(module, tokenizer, words)
    norms = np.linalg.norm(pooled, axis=1, keepdims=True)
    vectors: Vectors = pooled / np.maximum(norms, module.min_norm)
    vectors[[not text for text in words]] = 0
    return vectors


def padded(tokens: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return ids and mask (n, max(longest, MIN_TOKENS)), int64; padding has id 0 and mask 0."""
    width = max(MIN_TOKENS, *map(len, tokens))
    ids = torch.tensor([[*row, *[0] * (width - len(row))] for row in tokens])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in tokens])
    return ids, mask


def _linear(projection: Projection) -> nn.Linear:
    n_in, n_out = projection.weight.shape
    layer = nn.Linear(n_in, n_out)
    layer.weight.data = torch.from_numpy(projection.weight.T.copy())
    layer.bias.data = torch.from_numpy(projection.bias.copy())
    return layer


def _identity(dimension: int) -> Projection:
    return Projection(np.eye(dimension, dtype=np.float32), np.zeros(dimension, np.float32))
