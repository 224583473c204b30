"""The module under training: an embedding of texts, the mean of a window's texts, and the objectives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from export.finetune.history import History
from export.finetune.objectives import centred, label_loss, same_user_loss
from export.finetune.recipe import Objectives
from export.finetune.reidentification import EarlyLatePairs
from export.finetune.windows import NOT_DECLARED, Labels
from stream.core.arrays import Vectors

LOGIT_SCALE = 3.0  # a label head on unit rows spans about a logit without large weights


@dataclass(frozen=True)
class Task:
    """A task of training on windows: users to learn from, labels, objectives, validation pairs, and the seed."""

    history: History
    labels: Labels
    objectives: Objectives
    validation: Sequence[EarlyLatePairs]
    seed: int = 0


class ItemTable(nn.Module):
    """A free vector for each text, initialised to `vectors` (n_texts, d)."""

    def __init__(self, vectors: Vectors) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.from_numpy(vectors.copy()))

    def means(self, items: torch.Tensor, starts: torch.Tensor) -> torch.Tensor:
        """Return the mean vector (n_windows, d) of each window's `items`; windows begin at `starts`."""
        return functional.embedding_bag(items, self.table, starts, mode="mean")


class WindowModel(nn.Module):
    """An embedding with a method `means` like ItemTable's, under the objectives of a task.

    The same-user objective is averaged over the prefix lengths `dimensions`.
    """

    def __init__(self, embedding: nn.Module, dimensions: Sequence[int], task: Task) -> None:
        super().__init__()
        self.embedding = embedding
        self.dimensions = tuple(dimensions)
        self.heads = nn.ModuleList(nn.Linear(max(dimensions), len(values)) for values in task.labels.values)
        self.class_weights = class_weights(task.history, task.labels)
        self.objectives = task.objectives

    def forward(self, declared: torch.Tensor, items: torch.Tensor, starts: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the loss of a batch as `windows.collate` makes it."""
        means: torch.Tensor = self.embedding.means(items, starts)  # type: ignore[operator]
        one, other = means.chunk(2)
        profiles = torch.cat(centred(one, other))  # before the losses: gradients are summed in the order of operations
        loss = means.new_zeros(())
        if self.objectives.same_user:
            loss = loss + self.objectives.same_user * same_user_loss(one, other, self.dimensions)
        if self.objectives.labels:
            scores = [head(LOGIT_SCALE * profiles) for head in self.heads]
            loss = loss + self.objectives.labels * label_loss(scores, declared.repeat(2, 1), self.class_weights)
        return {"loss": loss}


def class_weights(history: History, labels: Labels) -> list[torch.Tensor]:
    """Return one weight a value for each label, inverse to its users, with mean 1 over the users that declared one."""
    codes = np.array([labels.codes(user) for user in history.users], np.int64).reshape(len(history.users), -1)
    weights = []
    for at, values in enumerate(labels.values):
        known = codes[codes[:, at] != NOT_DECLARED, at]
        counts = np.maximum(np.bincount(known, minlength=len(values)), 1)
        weights.append(torch.tensor(len(known) / (len(values) * counts), dtype=torch.float32))
    return weights
