"""Contrastive training of the encoder on windows, without a teacher: for texts that rarely recur.

Every batch encodes each of its distinct texts once. A chunk of texts is encoded without activations, and again when its
gradient is due. So memory holds one chunk, as in GradCache (Gao et al. 2021, arXiv:2101.06983).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from export.finetune.reidentification import mean_reciprocal_rank
from export.finetune.trainer import Schedule, Trainable, fit
from export.finetune.window_model import Task, WindowModel
from export.finetune.windows import WindowPairs, collate
from export.source.torch_reference import SentenceModule, padded, pooled_vectors

CHUNK_TEXTS = 128


def contrastive_schedule(max_steps: int) -> Schedule:
    """Return the schedule of contrastive training."""
    return Schedule(max_steps, batch=64, rate=3e-5, eval_every=min(20, max_steps), warm_up_steps=10)


class EncodedTexts(nn.Module):
    """An embedding of texts by an encoder."""

    def __init__(self, encoder: SentenceModule, tokenizer: Tokenizer, texts: Sequence[str]) -> None:
        super().__init__()
        self.encoder = encoder
        self._tokens = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]

    def means(self, items: torch.Tensor, starts: torch.Tensor) -> torch.Tensor:
        """Return the mean vector (n_windows, d) of each window's `items`; windows begin at `starts`."""
        distinct, positions = torch.unique(items, return_inverse=True)
        order = sorted(range(len(distinct)), key=lambda at: len(self._tokens[int(distinct[at])]))
        chunks = [order[start : start + CHUNK_TEXTS] for start in range(0, len(order), CHUNK_TEXTS)]
        vectors = torch.cat([self._encode([self._tokens[int(distinct[at])] for at in chunk]) for chunk in chunks])
        back = torch.empty(len(order), dtype=torch.long)
        back[[at for chunk in chunks for at in chunk]] = torch.arange(len(order))
        return functional.embedding_bag(back[positions], vectors, starts, mode="mean")

    def _encode(self, tokens: Sequence[Sequence[int]]) -> torch.Tensor:
        vectors: torch.Tensor = checkpoint(self.encoder.pool, *padded(tokens), use_reentrant=False)
        return vectors


def train_contrastive(
    encoder: SentenceModule, tokenizer: Tokenizer, task: Task, work: Path, schedule: Schedule
) -> float:
    """Train `encoder` in place on pairs of windows, and return the MRR of the best checkpoint.

    Half and a quarter of the dimensions are trained too, so that a prefix of a vector is a good smaller vector.
    """
    dimension, texts = encoder.dimension, task.history.texts
    prefixes = [dimension, max(dimension // 2, 1), max(dimension // 4, 1)]
    module = WindowModel(EncodedTexts(encoder, tokenizer, texts), prefixes, task)
    optimizer = torch.optim.AdamW(
        [
            {"params": encoder.parameters(), "lr": schedule.rate},
            {"params": module.heads.parameters(), "lr": 100 * schedule.rate},
        ],
        weight_decay=0.01,
    )

    def evaluate() -> float:
        return mean_reciprocal_rank(task.validation, pooled_vectors(encoder, tokenizer, texts))

    pairs = WindowPairs(task.history, task.labels, task.seed)
    return fit(Trainable(module, pairs, collate, optimizer), schedule, evaluate, work, task.seed)
