"""Chances that are learned: trends, thresholds, texts where they say something, and unknown values."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from apps.methods.outlook import USERS_MIN, Outlook, learned

N, N_NAMES, DIMENSION = 600, 3, 6
RNG = np.random.default_rng(0)
GROUPS = [str(at % 200) for at in range(N)]  # three rows of a user


def rows() -> np.ndarray:
    semantic = RNG.normal(size=(N, DIMENSION))
    semantic /= np.linalg.norm(semantic, axis=1, keepdims=True)
    return np.column_stack([RNG.normal(size=(N, N_NAMES)), semantic])


def outlook(found: np.ndarray, outcomes: np.ndarray) -> Outlook:
    made = learned(found, outcomes, GROUPS, N_NAMES)
    assert made is not None
    return made


@pytest.mark.parametrize("column", [0, N_NAMES])
def test_a_feature_or_a_text_that_tells_the_outcome_is_found(column: int) -> None:
    known, new = rows(), rows()
    made = outlook(known, known[:, column] > 0)
    assert roc_auc_score(new[:, column] > 0, made.chances(new)) > 0.95
    strongest = np.abs(made.parts(new)).mean(axis=0).argmax()
    assert strongest == min(column, N_NAMES), "the last part is that of all texts"


def test_chances_are_calibrated_where_the_truth_is_a_logistic_curve() -> None:
    known, new = rows(), rows()
    truth = 1 / (1 + np.exp(-2 * new[:, 0]))
    made = outlook(known, RNG.random(N) < 1 / (1 + np.exp(-2 * known[:, 0])))
    assert np.abs(made.chances(new) - truth).mean() < 0.1


def test_a_row_of_unknown_profile_is_judged_by_the_rest() -> None:
    known, new = rows(), rows()
    known[::2, 1:] = new[:, 1:] = np.nan
    made = outlook(known, known[:, 0] > 0)
    assert roc_auc_score(new[:, 0] > 0, made.chances(new)) > 0.95
    assert (made.deviations(new)[:, 1:] == 0).all()


def test_columns_that_nobody_has_are_left_out() -> None:
    known, new = rows(), rows()
    known[:, 1:] = np.nan
    made = outlook(known, known[:, 0] > 0)
    without = new.copy()
    without[:, 1:] = np.nan
    assert made.chances(new) == pytest.approx(made.chances(without))


def test_nothing_is_learned_from_few_users_however_many_rows_they_have() -> None:
    known = rows()
    few = np.array([int(group) < USERS_MIN - 1 for group in GROUPS])
    assert learned(known, few, GROUPS, N_NAMES) is None
    assert learned(known, ~few, GROUPS, N_NAMES) is None
    enough = np.array([int(group) < USERS_MIN for group in GROUPS])
    assert learned(known, enough, GROUPS, N_NAMES) is not None
