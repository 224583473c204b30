"""Baselines by hand, and each method on the one column that it must find."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from apps.methods.outlook_features import Columns
from apps.methods.spending import COUNTED
from bench.apps.relationship.methods import BOOSTINGS, SEGUE, Known, methods

COLUMNS = Columns(("recency", "burst"), "hash", 4)
N, N_ALL = 400, len(COLUMNS.names) + COLUMNS.dimension


def known(column: str, seed: int) -> Known:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(N, N_ALL))
    outcomes = rows[:, COLUMNS.names.index(column)] > 0.5
    segments = ["s-1" if outcome else "s-2" for outcome in outcomes]
    return Known(rows, outcomes, [str(at) for at in range(N)], segments)


def auc(method: str, column: str) -> float:
    made = methods(COLUMNS, "small trees", "days_since_purchase")
    asked = known(column, 1)
    return float(roc_auc_score(asked.outcomes, made[method](known(column, 0), asked)))


@pytest.mark.parametrize(
    ("method", "column"),
    [
        (SEGUE, "profile_burst"),
        (SEGUE, "items_short"),
        ("the same without the profile", "items_short"),
        ("boosting on explicit features", "items_short"),
        ("boosting on Segue's explicit half", "profile_burst"),
        ("RFM, logistic", "spend_long"),
        ("profile, logistic", "profile_burst"),
        ("recency alone", COUNTED[0]),
        ("segment id", "items_short"),
    ],
)
def test_a_method_finds_what_its_columns_tell(method: str, column: str) -> None:
    assert auc(method, column) > 0.9


@pytest.mark.parametrize(
    ("method", "column"),
    [
        ("boosting on explicit features", "profile_burst"),
        ("the same without the profile", "profile_burst"),
        ("boosting on Segue's explicit half", "items_short"),
        ("RFM, logistic", "items_short"),
    ],
)
def test_a_method_sees_no_other_columns(method: str, column: str) -> None:
    assert auc(method, column) == pytest.approx(0.5, abs=0.15)


def test_a_segments_rate_is_drawn_towards_that_of_all() -> None:
    rows = np.zeros((4, N_ALL))
    made = methods(COLUMNS, "small trees", "spend_long")["segment id"]
    learned_of = Known(rows, np.array([True, True, False, False]), list("abcd"), ["s-1", "s-1", "s-2", "s-2"])
    asked = Known(rows[:2], np.array([True, False]), ["e", "f"], ["s-1", "new"])
    assert made(learned_of, asked).tolist() == [(2 + 20 * 0.5) / 22, 0.5]


def test_there_are_settings_of_boosting_to_choose_from() -> None:
    assert "defaults" in BOOSTINGS
