"""How much a profile is like the seeds: functions from seeds and others, as rows of one space, to a score of rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stream.core.arrays import Floats, Vectors

Score = Callable[[Vectors], Floats]
STRENGTH = 0.1  # inverse of the penalty: small, since a seed audience has fewer users than a profile has numbers


def like_centroid(seeds: Vectors, others: Vectors) -> Score:
    """Return the score by the distance to the mean of the seeds, the nearest highest."""
    centroid = seeds.mean(axis=0, dtype=np.float64).astype(np.float32)
    return lambda rows: -np.square(rows - centroid).sum(axis=1, dtype=np.float64)


def like_nearest(seeds: Vectors, others: Vectors) -> Score:
    """Return the score by the distance to the nearest seed, the nearest highest."""
    squares = np.square(seeds).sum(axis=1)

    def score(rows: Vectors) -> Floats:
        own = np.square(rows).sum(axis=1)
        found: Vectors = (2.0 * rows @ seeds.T - squares).max(axis=1) - own
        return found.astype(np.float64)

    return score


def like_seeds(seeds: Vectors, others: Vectors) -> Score:
    """Return the score of a logistic regression that tells the seeds from the others, both with equal weight."""
    from sklearn.linear_model import LogisticRegression

    rows = np.concatenate([seeds, others]).astype(np.float64)
    is_seed = np.arange(len(rows)) < len(seeds)
    fitted = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=500).fit(rows, is_seed)
    return lambda rows: np.asarray(fitted.decision_function(rows.astype(np.float64)), np.float64)
