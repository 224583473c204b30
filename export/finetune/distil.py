"""Distillation: the encoder learns to reproduce the teacher's vectors from texts alone.

The loss is the squared error, weighted by the square root of a text's uses, so frequent texts count most and rare
texts still count. The last layer starts as a ridge regression of the targets on the base model's vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn
from torch.utils.data import Dataset

from export.finetune.trainer import Evaluate, Schedule, Trainable, fit
from export.projection.whiten import Projection
from export.source.torch_reference import SentenceModule, padded
from stream.core.arrays import Ints, Vectors

RIDGE = 1e-2
BATCH = 64
RATE = 2e-4
TABLE_RATE = 3.0  # times RATE: a word's own vector is updated in few of the steps
PROJECTION_RATE = 5.0  # times RATE


@dataclass(frozen=True)
class Targets:
    """Texts with the teacher's vectors (n_texts, d) and uses (n_texts,); a text without uses is not learned."""

    texts: Sequence[str]
    uses: Ints
    vectors: Vectors


class TargetDataset(Dataset[dict[str, Any]]):
    """A data set of the used texts: token ids, weight, and target vector."""

    def __init__(self, tokenizer: Tokenizer, targets: Targets) -> None:
        weights = np.sqrt(targets.uses)
        weights = weights / weights[targets.uses > 0].mean()
        self._rows = [
            {
                "input_ids": tokenizer.encode(targets.texts[at]).ids,
                "weight": float(weights[at]),
                "target": targets.vectors[at],
            }
            for at in np.flatnonzero(targets.uses).tolist()
        ]

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, at: int) -> dict[str, Any]:
        return self._rows[at]


def collate(rows: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
    """Return padded ids and mask (n, tokens), weights (n,), targets (n, d)."""
    ids, mask = padded([row["input_ids"] for row in rows])
    return {
        "input_ids": ids,
        "attention_mask": mask,
        "weights": torch.tensor([row["weight"] for row in rows]),
        "targets": torch.from_numpy(np.stack([row["target"] for row in rows])),
    }


class Student(nn.Module):
    """An encoder under the weighted squared error to the targets."""

    def __init__(self, encoder: SentenceModule) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, weights: torch.Tensor, targets: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """Return the loss of a batch as `collate` makes it; learned lengths are not clipped, or none would grow."""
        encode = self.encoder if self.encoder.normalise else self.encoder.pool
        vectors = encode(input_ids, attention_mask)
        return {"loss": (weights * (vectors - targets).square().mean(dim=1)).mean()}


def epochs(targets: Targets, max_epochs: int) -> Schedule:
    """Return a schedule that sees each used text once an epoch, evaluates after each, and warms up in the first."""
    n_batches = -(-int(np.count_nonzero(targets.uses)) // BATCH)
    return Schedule(
        max_epochs * n_batches, BATCH, RATE, eval_every=n_batches, warm_up_steps=n_batches, group_by_length=True
    )


def distil(
    encoder: SentenceModule,
    tokenizer: Tokenizer,
    targets: Targets,
    schedule: Schedule,
    evaluate: Evaluate,
    work: Path,
    seed: int,
) -> float:
    """Train `encoder` in place on `targets` of its own dimension, and return the score of the best checkpoint."""
    dataset = TargetDataset(tokenizer, targets)
    return fit(Trainable(Student(encoder), dataset, collate, _optimizer(encoder)), schedule, evaluate, work, seed)


def ridge_regression(pooled: Vectors, targets: Targets) -> Projection:
    """Fit the linear map from `pooled` (n_texts, d_in) to `targets` by ridge regression, weighted by root uses."""
    used = targets.uses > 0
    weights = np.sqrt(targets.uses[used])[:, None] / np.sqrt(targets.uses[used]).mean()
    x = np.concatenate([pooled[used], np.ones((used.sum(), 1))], axis=1).astype(np.float64)
    penalty = RIDGE * len(x) * np.diag([*([x[:, :-1].var()] * pooled.shape[1]), 0.0])
    solution = np.linalg.solve(x.T @ (weights * x) + penalty, x.T @ (weights * targets.vectors[used]))
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
