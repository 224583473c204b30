"""Scores of a ranking of categories: average precision, and the share of the first ten that were bought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.quality.estimates import Estimate, estimate, resampled_counts
from bench.stability.outcomes import Purchases
from stream.core.arrays import Floats

FIRST = 10


@dataclass(frozen=True)
class Ranked:
    """Scores `(n,)` of the buying households: average precision, and the share bought of the first FIRST."""

    average_precision: Floats
    hits: Floats


def rank(scores: Floats, purchases: Purchases) -> Ranked:
    """Rank each household's categories by its row of `scores (n, categories)`, without those it could not buy.

    Scores are >= 0; equal ones keep the order of columns.
    """
    buyers = purchases.bought.any(axis=1)
    bought, could = purchases.bought[buyers], purchases.could[buyers]
    order = np.argsort(np.where(could, -scores[buyers], 1.0), axis=1, kind="stable")
    hits = np.take_along_axis(bought, order, axis=1)
    precision = hits.cumsum(axis=1) / np.arange(1, hits.shape[1] + 1)
    return Ranked((hits * precision).sum(axis=1) / hits.sum(axis=1), hits[:, :FIRST].mean(axis=1))


def lift(ranked: Ranked, reference: Ranked) -> Estimate:
    """Return the hits relative to those of `reference`, of the same households."""
    counts = resampled_counts(len(ranked.hits))
    value = float(ranked.hits.sum() / reference.hits.sum())
    return estimate(value, (counts @ ranked.hits) / (counts @ reference.hits))
