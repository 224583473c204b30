"""How well people are found again: each one's later profile among everybody's, by the earlier one.

A profile here is what the worker's is: the mean of the vectors of a window, without what all people share, of
length 1. The measure is the mean reciprocal rank; 1 is perfect, and among n people chance gives about ln(n) / n.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from export.finetune.history import MIN_ITEMS, WINDOW_ITEMS, History, Ints

Vectors = NDArray[np.float32]

MOMENTS = (0.3, 0.4, 0.5, 0.6, 0.7)  # of what each did: several, for a steadier measure of the same people


@dataclass(frozen=True)
class EarlyAndLate:
    """Two windows of each of n people as `(n, n_texts)` shares of texts: the last before some moment of what they did,
    and the last of all."""

    early: csr_matrix
    late: csr_matrix


def early_and_late(history: History) -> list[EarlyAndLate]:
    """Of the people with at least MIN_ITEMS events, for each of MOMENTS."""
    people = [person.texts for person in history.people if len(person.texts) >= MIN_ITEMS]
    pairs = []
    for moment in MOMENTS:
        cuts = [round(moment * len(texts)) for texts in people]
        early = [texts[:cut][-WINDOW_ITEMS:] for texts, cut in zip(people, cuts, strict=True)]
        late = [texts[cut:][-WINDOW_ITEMS:] for texts, cut in zip(people, cuts, strict=True)]
        pairs.append(EarlyAndLate(shares(early, len(history.texts)), shares(late, len(history.texts))))
    return pairs


def shares(windows: list[Ints], n_texts: int) -> csr_matrix:
    """`(n_windows, n_texts)`: how much of each window each text is; rows sum to 1."""
    rows = np.repeat(np.arange(len(windows)), [len(window) for window in windows])
    weights = np.concatenate([np.empty(0), *(np.full(len(window), 1 / len(window)) for window in windows)])
    places = np.concatenate([np.empty(0, np.int64), *windows])
    return csr_matrix((weights, (rows, places)), shape=(len(windows), n_texts))


def found_again(pairs: Sequence[EarlyAndLate], vectors: Vectors) -> float:
    """The mean reciprocal rank with `vectors (n_texts, d)`, the mean over `pairs`; 0 without people.

    >>> apart = csr_matrix(np.eye(4))
    >>> found_again([EarlyAndLate(apart, apart)], np.eye(4, dtype=np.float32))
    1.0
    """
    return float(np.mean([_reciprocal_ranks(each, vectors).mean() for each in pairs if each.early.shape[0]] or [0.0]))


def _reciprocal_ranks(pair: EarlyAndLate, vectors: Vectors) -> NDArray[np.float64]:
    """(n,) one over each person's rank."""
    early, late = pair.early @ vectors, pair.late @ vectors
    mean = np.concatenate([early, late]).mean(axis=0)
    scores = unit(early - mean) @ unit(late - mean).T
    ranks = 1 + (scores > np.diag(scores)[:, None]).sum(axis=1)
    return np.asarray(1 / ranks, np.float64)


def unit(rows: NDArray[Any]) -> NDArray[Any]:
    """Rows of length 1; zero rows stay zero."""
    scaled: NDArray[Any] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return scaled
