"""The teacher: a free vector for each text, trained on windows in about a minute.

A vector starts as co-occurrence (singular vectors of windows, texts weighted by rarity) beside content (the base
model's vector). It is wide and briefly trained: many dimensions keep rare texts apart, few steps keep them so.
Principal components of users' windows then reduce it to the encoder's dimensions, the most telling first. So a prefix
of the vector is a good smaller vector.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags
from sklearn.decomposition import TruncatedSVD

from export.finetune.history import WINDOW_ITEMS, History
from export.finetune.reidentification import averaging_matrix, mean_reciprocal_rank
from export.finetune.trainer import Schedule, Trainable, fit
from export.finetune.window_model import ItemTable, Task, WindowModel
from export.finetune.windows import WindowPairs, collate
from export.projection.principal import principal_directions, unit_rows
from stream.core.arrays import Vectors

WIDTH = 512  # of the co-occurrence part
RARITY = 0.25  # exponent: a text with 16 times the uses starts half as long
SMOOTHING = 1e-5  # added to a text's share of all uses: a text without uses has a length too
BATCH = 1024


def teacher_schedule(max_steps: int) -> Schedule:
    """Return the schedule of the teacher."""
    return Schedule(
        max_steps, BATCH, rate=2e-3, eval_every=min(50, max_steps), patience=4, late_bonus=0.02, drop_last=True
    )


def train_item_vectors(
    task: Task, base_vectors: Vectors, dimension: int, work: Path, schedule: Schedule
) -> tuple[Vectors, float]:
    """Train wide vectors (n_texts, width), and return them with the MRR of their `dimension` principal components.

    `base_vectors` (n_texts, d) are the base model's. Texts without uses in the task keep their initial vectors.
    """
    initial = initial_vectors(task.history, base_vectors, task.seed)
    items = ItemTable(initial)
    module = WindowModel(items, [initial.shape[1]], task)
    table = items.table
    pairs = WindowPairs(task.history, task.labels, task.seed)
    optimizer = torch.optim.Adam(
        [{"params": [table], "lr": schedule.rate}, {"params": module.heads.parameters(), "lr": 10 * schedule.rate}]
    )

    def evaluate() -> float:
        components = principal_components(task.history, table.detach().numpy(), dimension)
        return mean_reciprocal_rank(task.validation, components)

    trainable = Trainable(module, pairs, collate, optimizer)
    mrr = fit(trainable, _at_most_users(schedule, len(pairs)), evaluate, work, task.seed)
    return table.detach().numpy(), mrr


def initial_vectors(history: History, base_vectors: Vectors, seed: int) -> Vectors:
    """Return co-occurrence beside content (n_texts, width + d), both with the same variance over windows."""
    windows = overlapping_windows(history)
    share = history.uses() / max(history.uses().sum(), 1)
    rarity = (share + SMOOTHING) ** -RARITY
    width = min(WIDTH, len(history.texts) - 1, windows.shape[0] - 1)
    decomposition = TruncatedSVD(width, random_state=seed).fit(windows @ diags(rarity))
    co_occurrence = rarity[:, None] * decomposition.components_.T
    content = rarity[:, None] * (base_vectors - share @ base_vectors)
    parts = [part / np.sqrt(_variance(windows, part)) for part in (co_occurrence, content)]
    both = np.concatenate(parts, axis=1)
    return np.asarray(both / np.sqrt((share[:, None] * both**2).sum()), np.float32)


def overlapping_windows(history: History) -> csr_matrix:
    """Return the averaging matrix (n_windows, n_texts) of WINDOW_ITEMS events each, half shared with the one before."""
    half = WINDOW_ITEMS // 2
    windows = [
        user.texts[start : start + WINDOW_ITEMS]
        for user in history.users
        for start in range(0, max(1, len(user.texts) - half), half)
    ]
    return averaging_matrix(windows, len(history.texts))


def principal_components(history: History, vectors: Vectors, dimension: int) -> Vectors:
    """Return `vectors` (n_texts, dimension), centred and rotated to the principal directions of unit window means."""
    profiles = (overlapping_windows(history) @ vectors).astype(np.float64)
    mean = profiles.mean(axis=0)
    profiles = unit_rows(profiles - mean)
    _, directions = principal_directions(profiles.T @ profiles, dimension)
    return np.asarray((vectors - mean) @ directions, np.float32)


def _variance(windows: csr_matrix, vectors: NDArray[np.floating]) -> float:
    return max(float((windows @ vectors).var(axis=0).sum()), 1e-12)


def _at_most_users(schedule: Schedule, n_users: int) -> Schedule:
    """Return `schedule` with a batch of at most `n_users`."""
    return replace(schedule, batch=min(schedule.batch, n_users))
