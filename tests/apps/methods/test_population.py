"""A population: what its users bought lately, and how one user compares with them."""

from __future__ import annotations

import numpy as np
import pytest

from apps.methods.population import Population, population_of, unit
from apps.methods.shoppers import Shopper
from stream.core.policy import DAY_MS
from tests.apps.methods.test_shoppers import half, shopper

NOW_MS = 100 * DAY_MS
BASKETS = {"ann": {"milk": 99, "tea": 20}, "bob": {"milk": 98}, "cid": {"tea": 90, "milk": 10}, "dan": {"oats": 10}}


def shoppers() -> dict[str, Shopper]:
    made = {user: shopper(*((day, category) for category, day in basket.items())) for user, basket in BASKETS.items()}
    for user, each in made.items():
        each.segment = "s-0001" if user < "c" else "s-0002"
    made["ann"].semantic, made["bob"].semantic = half([127, 0]), half([0, 127])
    return made


def population() -> Population:
    found = population_of(shoppers(), NOW_MS, 30 * DAY_MS)
    assert found is not None
    return found


def test_users_without_a_purchase_in_the_horizon_do_not_count() -> None:
    assert set(population().sheet.users) == {"ann", "bob", "cid"}
    assert population().categories == ("milk", "tea")


def test_popularity_is_the_share_of_users_in_the_horizon() -> None:
    assert population().popularity.tolist() == pytest.approx([2 / 3, 1 / 3])


def test_there_is_no_population_without_purchases() -> None:
    assert population_of({"ann": Shopper()}, NOW_MS, DAY_MS) is None
    assert population_of(shoppers(), NOW_MS, DAY_MS // 2) is None


def test_a_small_segment_leans_on_everybody() -> None:
    shares = population().segment_shares
    assert shares["s-0001"].tolist() == pytest.approx([(2 + 20 * 2 / 3) / 22, (0 + 20 / 3) / 22])
    assert shares["s-0002"].tolist() == pytest.approx([(0 + 20 * 2 / 3) / 21, (1 + 20 / 3) / 21])


def test_bought_together_is_the_cosine_over_users() -> None:
    found = population()
    logs = np.log1p(found.sheet.days)
    expected = logs[:, 0] @ logs[:, 1] / np.linalg.norm(logs[:, 0]) / np.linalg.norm(logs[:, 1])
    assert found.bought_together[0, 1] == pytest.approx(expected)


def test_neighbours_are_weighted_by_the_squared_cosine_and_a_user_is_none_of_itself() -> None:
    found = population()
    cosines = {"ann": 1.0, "bob": 0.5, "cid": -0.3}
    row = np.array([[cosines[user] for user in found.sheet.users]])
    stranger = found.neighbours_bought(row.copy(), ("eve",))[0]
    lately = {user: found.lately[found.sheet.users.index(user)] for user in cosines}
    assert stranger == pytest.approx((1.0 * lately["ann"] + 0.25 * lately["bob"]) / 1.25, abs=1e-3)
    assert found.neighbours_bought(row.copy(), ("ann",))[0] == pytest.approx(lately["bob"], abs=5e-3)


def test_without_neighbours_everybody_counts() -> None:
    found = population()
    assert found.neighbours_bought(np.zeros((1, 3)), ("eve",))[0] == pytest.approx(found.popularity)


def test_a_user_without_a_profile_points_nowhere() -> None:
    found = population()
    assert not found.centred(np.zeros((1, 2))).any()
    np.testing.assert_allclose(np.linalg.norm(found.centred(np.array([[0.6, 0.8]]))), 1)


def test_a_population_of_the_past_knows_nothing_of_later() -> None:
    then = population_of(shoppers(), 30 * DAY_MS, 30 * DAY_MS)
    assert then is not None
    assert set(then.sheet.users) == {"ann", "cid", "dan"}
    assert then.categories == ("milk", "oats", "tea")
    bought = then.bought_since({**shoppers(), "ann": shopper((30, "tea"), (31, "milk"), (61, "oats"))}, ("ann", "dan"))
    assert bought.tolist() == [[1, 0, 0], [0, 0, 0]]


def test_an_erased_user_is_in_no_row() -> None:
    before = population()
    after = before.without("ann")
    assert after is not None
    assert set(after.sheet.users) == {"bob", "cid"}
    assert after.popularity.tolist() == [0.5, 0.5]
    assert before.without("eve") is before
    alone = population_of({"ann": shoppers()["ann"]}, NOW_MS, 30 * DAY_MS)
    assert alone is not None
    assert alone.without("ann") is None


def test_a_zero_row_stays_zero() -> None:
    assert unit(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist() == [[0.6, 0.8], [0.0, 0.0]]
