"""What a window's vector is trained for: to be near the same person's at another time, to tell declared labels.

The first is InfoNCE (van den Oord et al. 2018, arXiv:1807.03748) over the people of a batch, both ways. Given several
dimensions it is the mean over the vector's prefixes (Matryoshka, Kusupati et al. 2022, arXiv:2205.13147).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional

from export.finetune.windows import NOT_DECLARED

TEMPERATURE = 0.05


def same_person(one: torch.Tensor, other: torch.Tensor, dimensions: Sequence[int]) -> torch.Tensor:
    """Loss of window vectors (n, d) of n people, row i of both the same person's; for each prefix of `dimensions`."""
    losses = []
    for dimension in dimensions:
        a, b = centred(one[:, :dimension], other[:, :dimension])
        scores = a @ b.T / TEMPERATURE
        truth = torch.arange(len(a), device=a.device)
        losses.append(functional.cross_entropy(scores, truth) + functional.cross_entropy(scores.T, truth))
    return torch.stack(losses).mean() / 2


def centred(one: torch.Tensor, other: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Both without what all windows share, rows of length 1."""
    mean = torch.cat([one, other]).mean(dim=0)
    return functional.normalize(one - mean, dim=1), functional.normalize(other - mean, dim=1)


def declared_labels(
    scores: Sequence[torch.Tensor], declared: torch.Tensor, weights: Sequence[torch.Tensor]
) -> torch.Tensor:
    """Cross-entropy summed over labels: `scores` has (n, n_values) for each label, `declared (n, n_labels)` the places
    of the values, NOT_DECLARED where there is none, `weights` one number for each value against imbalance."""
    losses = [
        functional.cross_entropy(of_label, declared[:, at], weight=weight, ignore_index=NOT_DECLARED)
        for at, (of_label, weight) in enumerate(zip(scores, weights, strict=True))
        if bool((declared[:, at] != NOT_DECLARED).any())
    ]
    return torch.stack(losses).sum() if losses else declared.new_zeros((), dtype=torch.float32)
