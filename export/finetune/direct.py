"""The encoder trained on windows itself, without a teacher: for texts that are hardly ever used twice.

Every batch encodes each of its distinct texts once. A chunk of texts is encoded without keeping what the gradient
needs and encoded again when its gradient is due, so memory holds one chunk, as in GradCache (Gao et al. 2021,
arXiv:2101.06983).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from export.finetune.found_again import EarlyAndLate, found_again
from export.finetune.history import History
from export.finetune.recipe import Objectives
from export.finetune.training import CRITERION, Schedule, fit
from export.finetune.window_model import WindowModel, balance
from export.finetune.windows import Labels, WindowPairs, collate
from export.reference import SentenceModule, padded, pooled_vectors

CHUNK_TEXTS = 128
SCHEDULE = Schedule(steps=200, batch=64, rate=3e-5, look_every=20, patience=3, warm_up_steps=10)


class EncodedTexts(nn.Module):
    """The vectors of texts come from an encoder."""

    def __init__(self, encoder: SentenceModule, tokenizer: Tokenizer, texts: Sequence[str]) -> None:
        super().__init__()
        self.encoder = encoder
        self._tokens = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]

    def means(self, items: torch.Tensor, starts: torch.Tensor) -> torch.Tensor:
        """(n_windows, d), as `window_model.Embedding` promises."""
        distinct, places = torch.unique(items, return_inverse=True)
        order = sorted(range(len(distinct)), key=lambda at: len(self._tokens[int(distinct[at])]))
        chunks = [order[start : start + CHUNK_TEXTS] for start in range(0, len(order), CHUNK_TEXTS)]
        vectors = torch.cat([self._encode([self._tokens[int(distinct[at])] for at in chunk]) for chunk in chunks])
        back = torch.empty(len(order), dtype=torch.long)
        back[[at for chunk in chunks for at in chunk]] = torch.arange(len(order))
        return functional.embedding_bag(back[places], vectors, starts, mode="mean")

    def _encode(self, tokens: Sequence[Sequence[int]]) -> torch.Tensor:
        vectors: torch.Tensor = checkpoint(self.encoder.pool, *padded(tokens), use_reentrant=False)
        return vectors


def train_directly(
    encoder: SentenceModule,
    tokenizer: Tokenizer,
    history: History,
    labels: Labels,
    objectives: Objectives,
    validation: Sequence[EarlyAndLate],
    work: Path,
    seed: int,
    schedule: Schedule = SCHEDULE,
) -> dict[str, float]:
    """Train `encoder` in place on the windows of `history`; half and a quarter of its dimensions are trained too, so
    that a prefix of a vector is a good smaller vector. Returns how well `validation` is found again at the best look.
    """
    dimension = encoder.dimension
    module = WindowModel(
        EncodedTexts(encoder, tokenizer, history.texts),
        [dimension, max(dimension // 2, 1), max(dimension // 4, 1)],
        labels,
        balance(history, labels),
        (objectives.person, objectives.labels),
    )
    optimizer = torch.optim.AdamW(
        [
            {"params": encoder.parameters(), "lr": schedule.rate},
            {"params": module.heads.parameters(), "lr": 100 * schedule.rate},
        ],
        weight_decay=0.01,
    )

    def probe() -> dict[str, float]:
        return {CRITERION: found_again(validation, pooled_vectors(encoder, tokenizer, history.texts))}

    return fit(module, WindowPairs(history, labels, seed), collate, schedule, optimizer, probe, work, seed)
