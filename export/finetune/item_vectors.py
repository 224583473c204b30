"""The teacher: a free vector for every text, trained on windows in a minute.

A vector begins as what its text occurs with (singular vectors of windows, texts weighted by their rarity) beside what
its text says (the base model's vector). It is wide, and trained briefly: many dimensions leave the rare texts apart,
few steps keep them so. Principal components of people's windows then bring it to the dimensions of the encoder, the
most telling first, so that a prefix of the vector is a good smaller vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags
from sklearn.decomposition import TruncatedSVD

from export.finetune.found_again import EarlyAndLate, found_again, shares, unit
from export.finetune.history import WINDOW_ITEMS, History
from export.finetune.recipe import Objectives
from export.finetune.training import CRITERION, Schedule, fit
from export.finetune.window_model import ItemTable, WindowModel, balance
from export.finetune.windows import Labels, WindowPairs, collate

Vectors = NDArray[np.float32]

WIDTH = 512  # of the part that comes from windows
RARITY = 0.25  # a text that is used 16 times as often begins half as long
SMOOTHING = 1e-5  # of a text's share of all uses: one that nobody used has a length too
SCHEDULE = Schedule(steps=200, batch=1024, rate=2e-3, look_every=50, patience=4, later=0.02)


def item_vectors(
    history: History,
    said: Vectors,
    labels: Labels,
    objectives: Objectives,
    validation: Sequence[EarlyAndLate],
    work: Path,
    seed: int,
    dimension: int,
    schedule: Schedule = SCHEDULE,
) -> tuple[Vectors, dict[str, float]]:
    """Wide vectors (n_texts, width) for the texts of `history`, and how well their `dimension` principal components
    find `validation` again.

    `said (n_texts, d)` are the base model's vectors. Texts that nobody in `history` used keep what they began as.
    """
    first = beginning(history, said, seed)
    items = ItemTable(first)
    module = WindowModel(
        items,
        [first.shape[1]],
        labels,
        balance(history, labels),
        (objectives.person, objectives.labels),
    )
    table = items.table
    pairs = WindowPairs(history, labels, seed)
    optimizer = torch.optim.Adam(
        [{"params": [table], "lr": schedule.rate}, {"params": module.heads.parameters(), "lr": 10 * schedule.rate}]
    )

    def probe() -> dict[str, float]:
        return {CRITERION: found_again(validation, principal(history, table.detach().numpy(), dimension))}

    measures = fit(
        module, pairs, collate, _sized(schedule, len(pairs)), optimizer, probe, work, seed, dataloader_drop_last=True
    )
    return table.detach().numpy(), measures


def beginning(history: History, said: Vectors, seed: int) -> Vectors:
    """(n_texts, width + d): both parts with the same variance over windows."""
    windows = window_shares(history)
    share = history.uses() / max(history.uses().sum(), 1)
    rarity = (share + SMOOTHING) ** -RARITY
    width = min(WIDTH, len(history.texts) - 1, windows.shape[0] - 1)
    decomposition = TruncatedSVD(width, random_state=seed).fit(windows @ diags(rarity))
    occurs = rarity[:, None] * decomposition.components_.T
    says = rarity[:, None] * (said - share @ said)
    parts = [part / np.sqrt(_variance(windows, part)) for part in (occurs, says)]
    both = np.concatenate(parts, axis=1)
    return np.asarray(both / np.sqrt((share[:, None] * both**2).sum()), np.float32)


def window_shares(history: History) -> csr_matrix:
    """(n_windows, n_texts): every person's events in windows of WINDOW_ITEMS, each half over the one before."""
    half = WINDOW_ITEMS // 2
    windows = [
        person.texts[start : start + WINDOW_ITEMS]
        for person in history.people
        for start in range(0, max(1, len(person.texts) - half), half)
    ]
    return shares(windows, len(history.texts))


def principal(history: History, vectors: Vectors, dimension: int) -> Vectors:
    """(n_texts, dimension): `vectors` without what all windows share, turned so that the directions in which windows,
    each of length 1, differ most come first."""
    profiles = (window_shares(history) @ vectors).astype(np.float64)
    mean = profiles.mean(axis=0)
    profiles = unit(profiles - mean)
    variances, directions = np.linalg.eigh(profiles.T @ profiles)
    top = directions[:, np.argsort(variances)[::-1][:dimension]]
    top = top * np.sign(top[np.abs(top).argmax(axis=0), np.arange(top.shape[1])])
    return np.asarray((vectors - mean) @ top, np.float32)


def _variance(windows: csr_matrix, vectors: NDArray[np.floating]) -> float:
    return max(float((windows @ vectors).var(axis=0).sum()), 1e-12)


def _sized(schedule: Schedule, n_people: int) -> Schedule:
    """A batch is never larger than the people there are."""
    return replace(schedule, batch=min(schedule.batch, n_people))
