"""Figures beside scikit-learn's, ties and weights included, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from bench.apps.relationship.figures import figures

RNG = np.random.default_rng(0)
SCORES = np.round(RNG.random(400), 1)  # many ties
OUTCOMES = RNG.random(400) < SCORES
WEIGHTS = RNG.integers(0, 4, (3, 400)).astype(np.float64)


@pytest.mark.parametrize("row", range(3))
def test_figures_are_those_of_scikit_learn_for_the_same_weights(row: int) -> None:
    found, weights = figures(SCORES, OUTCOMES, WEIGHTS), WEIGHTS[row]
    assert found.auc[row] == pytest.approx(roc_auc_score(OUTCOMES, SCORES, sample_weight=weights))
    expected = average_precision_score(OUTCOMES, SCORES, sample_weight=weights)
    assert found.average_precision[row] == pytest.approx(expected)
    assert found.brier[row] == pytest.approx(brier_score_loss(OUTCOMES, SCORES, sample_weight=weights))


def test_lift_is_the_share_of_outcomes_among_the_first_tenth_over_that_of_all() -> None:
    scores = np.arange(20, dtype=float) / 20
    outcomes = np.isin(np.arange(20), [19, 3, 2, 1])
    assert figures(scores, outcomes, np.ones((1, 20))).lift_at_10[0] == pytest.approx((1 / 2) / (4 / 20))


def test_chances_that_come_true_have_no_calibration_error() -> None:
    scores = np.repeat([0.0, 0.5, 1.0], 100)
    outcomes = np.r_[np.zeros(100), np.tile([0, 1], 50), np.ones(100)].astype(bool)
    assert figures(scores, outcomes, np.ones((1, 300))).ece[0] == pytest.approx(0.0, abs=0.01)
    assert figures(1 - scores, outcomes, np.ones((1, 300))).ece[0] > 0.6
