"""The encoder in torch: what the exported files must reproduce."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn
from tqdm import tqdm
from transformers import AutoModel, AutoTokenizer

from export.base_model import check_base, check_max_tokens
from export.whiten import Projection
from stream.core.text.steps import TextStep

Transformer = Any  # a Hugging Face model: an nn.Module with a config

BATCH_TEXTS = 32
MIN_NORM = 1e-12  # a zero vector stays zero
MIN_TOKENS = 2  # an empty text is padding only, and its vector is zero


class SentenceModule(nn.Module):
    """Transformer, projection of every token, mean over the tokens, and the rule of lengths.

    With `normalise` every vector has length 1. Without, its length is learned: the projection's own, cut at 1, so that
    it can be the weight of a text; `fit_lengths` scales it.

    The projection is linear and the weights of the mean sum to 1, so projecting tokens and projecting their mean are
    the same vector. Tokens are projected because a text always has several: a matrix of one row would be multiplied
    by another CPU kernel, and rounded otherwise, than the rows of a batch.
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
        """Vectors are divided by their length, but by no less than this: 1 leaves the shorter ones as they are."""
        return MIN_NORM if self.normalise else 1.0

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """(n, tokens) ids and mask → (n, d), rows of length 1, or of at most 1 when lengths are learned."""
        pooled = self.pool(input_ids, attention_mask)
        norms: torch.Tensor = pooled.norm(dim=1, keepdim=True)
        return pooled / norms.clamp(min=self.min_norm)

    def pool(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """(n, tokens) ids and mask → (n, d), not normalised."""
        hidden: torch.Tensor = self.transformer(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.to(hidden.dtype)
        weights = mask / mask.sum(dim=1, keepdim=True).clamp(min=1.0)
        projected: torch.Tensor = self.project(hidden)
        return (weights[:, None, :] @ projected)[:, 0]  # a product: ONNX Runtime sums 1 and n texts differently


def fit_lengths(module: SentenceModule, tokenizer: Tokenizer, texts: Sequence[str]) -> None:
    """Scale the projection of `module`, in place, so that the longest vector of `texts` has length 1.

    Raises ValueError when `module` normalises, for then lengths mean nothing, and when all vectors are zero.
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
    """The Hugging Face model in `folder`, its attention in the plain form that the graph fusion knows.

    Raises BaseModelError when `folder` is not whole.
    """
    check_base(folder)
    return AutoModel.from_pretrained(folder, attn_implementation="eager", local_files_only=True).eval()


def load_tokenizer(folder: Path, max_tokens: int) -> Tokenizer:
    """The tokenizer in `folder`, cutting at `max_tokens` and padding nothing.

    Raises BaseModelError when `folder` is not whole, or the model in it can not read so many tokens.
    """
    check_base(folder)
    check_max_tokens(folder, max_tokens)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True).backend_tokenizer
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return Tokenizer.from_str(tokenizer.to_str())


def pooled_vectors(module: SentenceModule, tokenizer: Tokenizer, texts: Sequence[str]) -> NDArray[np.float32]:
    """(n, d) of `texts` in order, before the L2 norm; texts of like length share a batch."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    rows: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(texts)
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
) -> NDArray[np.float32]:
    """(n, d) of `texts` in order, as `module` gives them after `text_step`; zero where that leaves nothing."""
    words = texts if text_step is None else [text_step.apply(text) for text in texts]
    pooled = pooled_vectors(module, tokenizer, words)
    norms = np.linalg.norm(pooled, axis=1, keepdims=True)
    vectors: NDArray[np.float32] = pooled / np.maximum(norms, module.min_norm)
    vectors[[not text for text in words]] = 0
    return vectors


def padded(tokens: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and mask (n, longest or MIN_TOKENS), int64; padding is masked, so which id fills it does not matter."""
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
