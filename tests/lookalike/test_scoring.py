"""Each scoring against its formula, or against a reference."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.linear_model import LogisticRegression

from stream.lookalike.scoring import STRENGTH, like_centroid, like_nearest, like_seeds

RNG = np.random.default_rng(1)
SEEDS = RNG.normal(1, 1, (7, 5)).astype(np.float32)
OTHERS = RNG.normal(0, 1, (40, 5)).astype(np.float32)


def test_the_centroid_score_is_the_distance_to_the_mean() -> None:
    expected = -(cdist(OTHERS, SEEDS.mean(axis=0, keepdims=True))[:, 0] ** 2)
    np.testing.assert_allclose(like_centroid(SEEDS, OTHERS)(OTHERS), expected, rtol=1e-4)


def test_the_nearest_score_is_the_distance_to_the_nearest_seed() -> None:
    expected = -(cdist(OTHERS, SEEDS).min(axis=1) ** 2)
    np.testing.assert_allclose(like_nearest(SEEDS, OTHERS)(OTHERS), expected, rtol=1e-3, atol=1e-4)


def test_the_seed_score_is_that_of_a_balanced_logistic_regression() -> None:
    rows, target = np.concatenate([SEEDS, OTHERS]), np.repeat([1, 0], [7, 40])
    weights = np.where(target == 1, 47 / 14, 47 / 80)
    reference = LogisticRegression(C=STRENGTH, max_iter=1_000).fit(rows, target, sample_weight=weights)
    np.testing.assert_allclose(like_seeds(SEEDS, OTHERS)(OTHERS), reference.decision_function(OTHERS), atol=1e-3)
