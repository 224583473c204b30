"""Losses on the vector of a window: near the same user's at another time, and predictive of declared labels.

The first is InfoNCE (van den Oord et al. 2018, arXiv:1807.03748) over the users of a batch, in both directions. Given
several dimensions it is averaged over prefixes of the vector (Matryoshka, Kusupati et al. 2022, arXiv:2205.13147).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional

from export.finetune.windows import NOT_DECLARED

TEMPERATURE = 0.05


def same_user_loss(one: torch.Tensor, other: torch.Tensor, dimensions: Sequence[int]) -> torch.Tensor:
    """Return the InfoNCE of window vectors (n, d), row i of both the same user's, averaged over prefix lengths."""
    losses = []
    for dimension in dimensions:
        a, b = centred(one[:, :dimension], other[:, :dimension])
        scores = a @ b.T / TEMPERATURE
        truth = torch.arange(len(a), device=a.device)
        losses.append(functional.cross_entropy(scores, truth) + functional.cross_entropy(scores.T, truth))
    return torch.stack(losses).mean() / 2


def centred(one: torch.Tensor, other: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return both without their common mean, in rows of length 1."""
    mean = torch.cat([one, other]).mean(dim=0)
    return functional.normalize(one - mean, dim=1), functional.normalize(other - mean, dim=1)


def label_loss(scores: Sequence[torch.Tensor], declared: torch.Tensor, weights: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return the cross-entropy summed over labels.

    `scores` has (n, n_values) for each label. `declared` (n, n_labels) has positions of values, or NOT_DECLARED.
    `weights` has one number a value, against imbalance.
    """
    losses = [
        functional.cross_entropy(label_scores, declared[:, at], weight=weight, ignore_index=NOT_DECLARED)
        for at, (label_scores, weight) in enumerate(zip(scores, weights, strict=True))
        if bool((declared[:, at] != NOT_DECLARED).any())
    ]
    return torch.stack(losses).sum() if losses else declared.new_zeros((), dtype=torch.float32)
