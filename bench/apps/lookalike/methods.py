"""Ways to rank users by their likeness to seeds, each a function of what is known of the users at that moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, hstack

from stream.core.arrays import Floats, Ints, Vectors
from stream.lookalike.pool import Pool
from stream.lookalike.scoring import STRENGTH, like_centroid, like_nearest, like_seeds
from stream.lookalike.space import space_of

SMOOTHING = 10  # users that a segment has besides: one of a few says little


@dataclass(frozen=True)
class Known:
    """Knowledge of the users of a pool: rows on the scales of the pool, explicit columns first, and counts.

    `window_counts` are of as many purchases as the window of a profile has.
    """

    pool: Pool
    rows: Vectors
    counts: csr_matrix
    window_counts: csr_matrix

    @classmethod
    def of(cls, pool: Pool, counts: csr_matrix, window_counts: csr_matrix) -> Known:
        """Return what is known, with the rows of the pool."""
        return cls(pool, space_of(pool).transform(pool.rows(slice(None))), counts, window_counts)


Method = Callable[[Known, Ints, Ints], Floats]  # seeds and others by row, to scores of the others


def by_activity(known: Known, seeds: Ints, others: Ints) -> Floats:
    """Return how often the others buy."""
    return known.pool.rows(others).explicit[:, known.pool.features.index("frequency")]


def by_segment(known: Known, seeds: Ints, others: Ints) -> Floats:
    """Return the seeds in the segment of each of the others, for each user there."""
    segments = np.array(known.pool.segments)
    of_seeds, of_all = Counter(segments[seeds].tolist()), Counter(segments[others].tolist())
    return np.array([of_seeds[each] / (of_all[each] + SMOOTHING) for each in segments[others].tolist()])


def by_centroid(known: Known, seeds: Ints, others: Ints) -> Floats:
    """Return how near the others are to the mean of the seeds."""
    return like_centroid(known.rows[seeds], known.rows[others])(known.rows[others])


def by_nearest(known: Known, seeds: Ints, others: Ints) -> Floats:
    """Return how near the others are to any seed."""
    return like_nearest(known.rows[seeds], known.rows[others])(known.rows[others])


def by_profile(known: Known, seeds: Ints, others: Ints) -> Floats:
    """Return the score of `segue lookalike`."""
    return like_seeds(known.rows[seeds], known.rows[others])(known.rows[others])


def by_explicit(known: Known, seeds: Ints, others: Ints) -> Floats:
    """Return the score of a logistic regression on the explicit features alone: recency, frequency, amounts."""
    rows = known.rows[:, : len(known.pool.features)]
    return like_seeds(rows[seeds], rows[others])(rows[others])


def by_counts(known: Known, seeds: Ints, others: Ints) -> Floats:
    """Return the score of a logistic regression on counts of categories."""
    return _regression(known.counts, seeds, others)


def by_window_counts(known: Known, seeds: Ints, others: Ints) -> Floats:
    """Return the score of a logistic regression on counts of categories, of the purchases in the window."""
    return _regression(known.window_counts, seeds, others)


def by_both(known: Known, seeds: Ints, others: Ints) -> Floats:
    """Return the score of a logistic regression on counts and profile."""
    return _regression(csr_matrix(hstack([known.counts, csr_matrix(known.rows)])), seeds, others)


METHODS: dict[str, Method] = {
    "most active first": by_activity,
    "segment alone": by_segment,
    "nearest to the seeds' mean": by_centroid,
    "nearest to any seed": by_nearest,
    "regression on explicit features": by_explicit,
    "regression on category counts of 8 weeks": by_counts,
    "regression on category counts of the window": by_window_counts,
    "regression on the profile: `segue lookalike`": by_profile,
    "regression on profile and counts": by_both,
}
BASELINE = "regression on explicit features"


def _regression(rows: csr_matrix, seeds: Ints, others: Ints) -> Floats:
    from sklearn.linear_model import LogisticRegression

    is_seed = np.arange(len(seeds) + len(others)) < len(seeds)
    fitted = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=500)
    fitted.fit(rows[np.concatenate([seeds, others])], is_seed)
    return np.asarray(fitted.decision_function(rows[others]), np.float64)
