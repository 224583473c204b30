"""What is trained: an embedding of texts, the mean of a window's items, and the objectives on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from export.finetune.history import History
from export.finetune.objectives import centred, declared_labels, same_person
from export.finetune.windows import NOT_DECLARED, Labels

SHARPNESS = 3.0  # rows of length 1 times this: what a label head sees spans about a logit without large weights


class Embedding(Protocol):
    """Turns windows of texts into vectors; an nn.Module."""

    def means(self, items: torch.Tensor, starts: torch.Tensor) -> torch.Tensor:
        """(n_windows, d): the mean vector of each window's `items`, windows beginning at `starts`."""
        ...


class ItemTable(nn.Module):
    """A free vector for every text: `vectors (n_texts, d)` to begin with."""

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.from_numpy(vectors.copy()))

    def means(self, items: torch.Tensor, starts: torch.Tensor) -> torch.Tensor:
        return functional.embedding_bag(items, self.table, starts, mode="mean")


class WindowModel(nn.Module):
    """An embedding under one objective or both; a weight of 0 leaves an objective out.

    `dimensions` are the prefixes that the same-person objective is asked of.
    """

    def __init__(
        self,
        embedding: nn.Module,
        dimensions: Sequence[int],
        labels: Labels,
        label_weights: Sequence[torch.Tensor],
        objectives: tuple[float, float],
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.dimensions = tuple(dimensions)
        self.heads = nn.ModuleList(nn.Linear(max(dimensions), len(values)) for values in labels.values)
        self.label_weights = label_weights
        self.person_weight, self.label_weight = objectives

    def forward(self, declared: torch.Tensor, items: torch.Tensor, starts: torch.Tensor) -> dict[str, torch.Tensor]:
        """The loss of a batch as `windows.collate` makes it, and `profiles (2 n, d)`, centred, rows of length 1."""
        means: torch.Tensor = self.embedding.means(items, starts)  # type: ignore[operator]
        one, other = means.chunk(2)
        profiles = torch.cat(centred(one, other))
        loss = means.new_zeros(())
        if self.person_weight:
            loss = loss + self.person_weight * same_person(one, other, self.dimensions)
        if self.label_weight:
            scores = [head(SHARPNESS * profiles) for head in self.heads]
            loss = loss + self.label_weight * declared_labels(scores, declared.repeat(2, 1), self.label_weights)
        return {"loss": loss, "profiles": profiles}


def balance(history: History, labels: Labels) -> list[torch.Tensor]:
    """For each label one weight a value, inverse to how many people declared it, 1 on average over those people."""
    codes = np.array([labels.codes(person) for person in history.people], np.int64).reshape(len(history.people), -1)
    weights = []
    for at, values in enumerate(labels.values):
        known = codes[codes[:, at] != NOT_DECLARED, at]
        counts = np.maximum(np.bincount(known, minlength=len(values)), 1)
        weights.append(torch.tensor(len(known) / (len(values) * counts), dtype=torch.float32))
    return weights
