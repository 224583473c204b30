"""Scores of ranked categories, one for each user; NaN where the user bought none of those that count."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats

K = 10


@dataclass(frozen=True)
class Scores:
    """Average precision and recall among the best K (n,), and the share of categories that anyone was recommended."""

    precision: Floats
    recall: Floats
    coverage: float


def scores_of(ranked: Floats, outcomes: Floats, left_out: NDArray[np.bool_] | None = None) -> Scores:
    """Score `ranked (n, n_categories)` by `outcomes`, without the pairs `left_out`.

    Average precision is divided by the smaller of K and the number bought, so a perfect ranking has 1.
    """
    if left_out is not None:
        ranked, outcomes = np.where(left_out, -np.inf, ranked), np.where(left_out, 0.0, outcomes)
    n_bought = outcomes.sum(axis=1)
    best = np.argsort(-ranked, axis=1, kind="stable")[:, :K]
    hits = np.take_along_axis(outcomes, best, axis=1)
    precision = hits.cumsum(axis=1) / np.arange(1, hits.shape[1] + 1)
    counted = np.where(n_bought > 0, n_bought, np.nan)
    average = (precision * hits).sum(axis=1) / np.minimum(counted, K)
    coverage = len(np.unique(best[n_bought > 0])) / ranked.shape[1]
    return Scores(average, hits.sum(axis=1) / counted, coverage)
