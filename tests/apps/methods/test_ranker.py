"""A ranker: its regression beside scikit-learn's, its features by hand, and what it learns."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from apps.methods.ranker import (
    FEATURES,
    SEGMENT,
    features_of,
    fitted,
    log_odds,
    logistic_regression,
    sigmoid,
    untrained,
    why,
)
from apps.methods.shoppers import Shopper
from tests.apps.methods.test_population import NOW_MS, population, shoppers
from tests.apps.methods.test_shoppers import shopper


def test_the_regression_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(2_000, 4))
    outcomes = (rng.random(2_000) < sigmoid(rows @ [1.0, -2.0, 0.0, 0.5] - 1)).astype(np.float64)
    reference = LogisticRegression(C=1.0, tol=1e-10, max_iter=1_000).fit(rows, outcomes)
    expected = [*reference.intercept_, *reference.coef_[0]]
    assert logistic_regression(rows, outcomes).tolist() == pytest.approx(expected, abs=1e-4)


def test_features_are_in_the_order_of_their_names() -> None:
    found = population()
    sheet = found.sheet_of({"ann": shoppers()["ann"]}, NOW_MS)
    names = ("bought", "popular", "since", "few", "popular_few")
    milk, tea = features_of(found, sheet, names)[0]
    assert milk.tolist() == pytest.approx([1, np.log(2), np.log1p(1), 1 / 3, np.log(2) / 3])
    assert tea.tolist() == pytest.approx([1, -np.log(2), np.log1p(80), 1 / 3, -np.log(2) / 3])


def test_every_feature_is_finite_also_for_a_user_of_whom_nothing_is_known() -> None:
    found = population()
    sheet = found.sheet_of({"eve": Shopper()}, NOW_MS)
    assert np.isfinite(features_of(found, sheet, FEATURES)).all()
    assert features_of(found, sheet, ("segment",))[0, :, 0].tolist() == log_odds(found.popularity).tolist()


def test_the_ranker_learns_that_the_segment_decides() -> None:
    found = population()
    rng = np.random.default_rng(1)
    users = {f"{n}": Shopper(segment=f"s-000{1 + n % 2}") for n in range(400)}
    sheet = found.sheet_of(users, NOW_MS)
    chance = np.array([[0.9, 0.1] if each == "s-0001" else [0.1, 0.9] for each in sheet.segments])
    ranker = fitted(found, sheet, (rng.random(chance.shape) < chance).astype(np.float64), ("popular", *SEGMENT))
    learnt = ranker.probabilities(found, sheet)
    assert (learnt.argmax(axis=1) == chance.argmax(axis=1)).all()


def test_before_the_first_fit_the_user_s_own_purchases_lead() -> None:
    found, eve = population(), shopper(*((day, "tea") for day in range(90, 95)))
    likely = untrained().probabilities(found, found.sheet_of({"eve": eve}, NOW_MS))[0]
    assert found.popularity.argmax() == found.index["milk"]
    assert likely.argmax() == found.index["tea"]


def test_the_reason_is_the_user_s_own_purchases_or_the_segment_or_all() -> None:
    found, tea = population(), population().index["tea"]
    known = found.sheet_of({"cid": shoppers()["cid"]}, NOW_MS)
    assert why(found, known, tea) == "bought on 1 of 2 days, last 10 days ago"
    segment = found.sheet_of({"eve": Shopper(segment="s-0002")}, NOW_MS)
    assert why(found, segment, tea) == "bought lately by 37% of the segment, by 33% of all users"  # (1 + 20 / 3) / 21
    stranger = found.sheet_of({"eve": Shopper()}, NOW_MS)
    assert why(found, stranger, tea) == "goes with what the user bought; bought lately by 33% of all users"
