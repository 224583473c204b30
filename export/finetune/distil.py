"""The encoder learns to give the teacher's vectors from the texts alone.

The loss is the squared error, a text counting as the square root of its uses: what is used often must be right, and
what is rare must not vanish. The last layer starts as the ridge regression of the targets on the base model's vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn
from torch.utils.data import Dataset

from export.finetune.found_again import EarlyAndLate, found_again
from export.finetune.training import CRITERION, Schedule, fit
from export.reference import SentenceModule, padded, pooled_vectors
from export.whiten import Projection

Vectors = NDArray[np.float32]

RIDGE = 1e-2
EPOCHS = 12
BATCH = 64
RATE = 2e-4
TABLE_RATE = 3.0  # times RATE: a word's own vector sees few of the steps
PROJECTION_RATE = 5.0  # times RATE


class Lessons(Dataset[dict[str, Any]]):
    """The texts that have a target: tokens, how much the text counts, and the vector it should get."""

    def __init__(self, tokenizer: Tokenizer, texts: Sequence[str], uses: NDArray[np.int64], targets: Vectors) -> None:
        weights = np.sqrt(uses)
        weights = weights / weights[uses > 0].mean()
        self._lessons = [
            {"input_ids": tokenizer.encode(texts[at]).ids, "weight": float(weights[at]), "target": targets[at]}
            for at in np.flatnonzero(uses).tolist()
        ]

    def __len__(self) -> int:
        return len(self._lessons)

    def __getitem__(self, at: int) -> dict[str, Any]:
        return self._lessons[at]


def collate(lessons: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
    """Padded ids and mask (n, tokens), weights (n,), targets (n, d)."""
    ids, mask = padded([lesson["input_ids"] for lesson in lessons])
    return {
        "input_ids": ids,
        "attention_mask": mask,
        "weights": torch.tensor([lesson["weight"] for lesson in lessons]),
        "targets": torch.from_numpy(np.stack([lesson["target"] for lesson in lessons])),
    }


class Pupil(nn.Module):
    """An encoder under the loss of this module."""

    def __init__(self, encoder: SentenceModule) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, weights: torch.Tensor, targets: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        vectors = self.encoder.pool(input_ids, attention_mask)
        return {"loss": (weights * (vectors - targets).square().mean(dim=1)).mean()}


def distil(
    encoder: SentenceModule,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    uses: NDArray[np.int64],
    targets: Vectors,
    validation: Sequence[EarlyAndLate],
    work: Path,
    seed: int,
    epochs: int = EPOCHS,
) -> dict[str, float]:
    """Train `encoder`, whose projection gives as many dimensions as `targets (n_texts, d)`, in place.

    Texts without `uses` have no target. Returns how well `validation` is found again at the best look.
    """
    lessons = Lessons(tokenizer, texts, uses, targets)
    n_batches = -(-len(lessons) // BATCH)
    schedule = Schedule(epochs * n_batches, BATCH, RATE, look_every=n_batches, patience=3, warm_up_steps=n_batches)

    def probe() -> dict[str, float]:
        return {CRITERION: found_again(validation, pooled_vectors(encoder, tokenizer, texts))}

    return fit(
        Pupil(encoder),
        lessons,
        collate,
        schedule,
        _optimizer(encoder),
        probe,
        work,
        seed,
        train_sampling_strategy="group_by_length",
    )


def ridge(pooled: Vectors, uses: NDArray[np.int64], targets: Vectors) -> Projection:
    """The linear map from `pooled (n, d_in)` to `targets (n, d)` with the least weighted squared error, shrunken."""
    used = uses > 0
    weights = np.sqrt(uses[used])[:, None] / np.sqrt(uses[used]).mean()
    x = np.concatenate([pooled[used], np.ones((used.sum(), 1))], axis=1).astype(np.float64)
    penalty = RIDGE * len(x) * np.diag([*([x[:, :-1].var()] * pooled.shape[1]), 0.0])
    solution = np.linalg.solve(x.T @ (weights * x) + penalty, x.T @ (weights * targets[used]))
    return Projection(solution[:-1].astype(np.float32), solution[-1].astype(np.float32))


def _optimizer(encoder: SentenceModule) -> torch.optim.Optimizer:
    words = encoder.transformer.get_input_embeddings().weight
    inner = [p for p in encoder.transformer.parameters() if p is not words]
    return torch.optim.AdamW(
        [
            {"params": inner, "lr": RATE},
            {"params": [words], "lr": TABLE_RATE * RATE},
            {"params": encoder.project.parameters(), "lr": PROJECTION_RATE * RATE},
        ],
        weight_decay=0.01,
    )
