"""Re-identification of users: the rank of a user's later profile among all, by similarity to the earlier profile.

A profile is built as a worker builds it: the mean vector of a window, centred over users, of length 1. The measure is
the mean reciprocal rank (MRR): 1 is perfect, chance among n users is about ln(n) / n.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from export.finetune.history import MIN_ITEMS, WINDOW_ITEMS, History
from export.projection.principal import unit_rows
from stream.core.arrays import Ints, Vectors

CUTS = (0.3, 0.4, 0.5, 0.6, 0.7)  # share of a history before the cut; several, for a steadier measure


@dataclass(frozen=True)
class EarlyLatePairs:
    """Two windows of each of n users as averaging matrices (n, n_texts): the last before a cut, and the last of all."""

    early: csr_matrix
    late: csr_matrix


def early_late_pairs(history: History) -> list[EarlyLatePairs]:
    """Return the windows of users with at least MIN_ITEMS events, one set of pairs for each of CUTS."""
    histories = [user.texts for user in history.users if len(user.texts) >= MIN_ITEMS]
    pairs = []
    for share in CUTS:
        cuts = [round(share * len(texts)) for texts in histories]
        early = [texts[:cut][-WINDOW_ITEMS:] for texts, cut in zip(histories, cuts, strict=True)]
        late = [texts[cut:][-WINDOW_ITEMS:] for texts, cut in zip(histories, cuts, strict=True)]
        n_texts = len(history.texts)
        pairs.append(EarlyLatePairs(averaging_matrix(early, n_texts), averaging_matrix(late, n_texts)))
    return pairs


def averaging_matrix(windows: list[Ints], n_texts: int) -> csr_matrix:
    """Return the matrix (n_windows, n_texts) whose product with vectors is the mean vector of each window."""
    rows = np.repeat(np.arange(len(windows)), [len(window) for window in windows])
    weights = np.concatenate([np.empty(0), *(np.full(len(window), 1 / len(window)) for window in windows)])
    columns = np.concatenate([np.empty(0, np.int64), *windows])
    return csr_matrix((weights, (rows, columns)), shape=(len(windows), n_texts))


def mean_reciprocal_rank(pairs: Sequence[EarlyLatePairs], vectors: Vectors) -> float:
    """Return the MRR with `vectors` (n_texts, d), averaged over `pairs`; 0 without users.

    >>> each_alone = csr_matrix(np.eye(4))
    >>> mean_reciprocal_rank([EarlyLatePairs(each_alone, each_alone)], np.eye(4, dtype=np.float32))
    1.0
    """
    return float(np.mean([_reciprocal_ranks(each, vectors).mean() for each in pairs if each.early.shape[0]] or [0.0]))


def _reciprocal_ranks(pair: EarlyLatePairs, vectors: Vectors) -> NDArray[np.float64]:
    """Return one over the rank of each user: (n,)."""
    early, late = pair.early @ vectors, pair.late @ vectors
    mean = np.concatenate([early, late]).mean(axis=0)
    scores = unit_rows(early - mean) @ unit_rows(late - mean).T
    ranks = 1 + (scores > np.diag(scores)[:, None]).sum(axis=1)
    return np.asarray(1 / ranks, np.float64)
