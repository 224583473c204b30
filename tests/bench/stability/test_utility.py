"""Rankings and utility against scikit-learn, formulas and a planted grouping."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from bench.stability.groups import Grouping, shuffled
from bench.stability.outcomes import Outcome, Purchases
from bench.stability.ranking import Ranked, lift, rank
from bench.stability.utility import best_strength, offers, popularity, rates, rows


def test_average_precision_is_scikit_learns_over_the_purchasable_categories() -> None:
    rng = np.random.default_rng(1)
    could = rng.random((40, 30)) < 0.7
    bought = could & (rng.random((40, 30)) < 0.2)
    bought[3] = False
    scores = rng.random((40, 30))
    found = rank(scores, Purchases(bought, could))
    buyers = [i for i in range(40) if bought[i].any()]
    expected = [average_precision_score(bought[i][could[i]], scores[i][could[i]]) for i in buyers]
    np.testing.assert_allclose(found.average_precision, expected)
    tens = [bought[i][could[i]][np.argsort(-scores[i][could[i]])[:10]].mean() for i in buyers]
    np.testing.assert_allclose(found.hits, tens)


def test_a_ranking_by_hand() -> None:
    # order c, b, a, d; c could not be bought: b first (1), d third (2/3)
    purchases = Purchases(np.array([[False, True, False, True]]), np.array([[True, True, False, True]]))
    found = rank(np.array([[0.3, 0.4, 0.9, 0.1]]), purchases)
    assert found.average_precision.tolist() == [pytest.approx((1 + 2 / 3) / 2)]


def test_lift_is_the_ratio_of_hits() -> None:
    ones = np.ones(4)
    found = lift(Ranked(ones, np.array([0.2, 0.4, 0.6, 0.8])), Ranked(ones, np.array([0.1, 0.2, 0.3, 0.4])))
    assert [found.value, found.low, found.high] == pytest.approx([2.0, 2.0, 2.0])


def test_rates_are_those_of_the_group_smoothed_towards_popularity() -> None:
    bought = np.array([[True, False], [True, True], [False, False]])
    could = np.array([[True, True], [True, True], [False, True]])
    popular = np.array([0.5, 0.25])
    found = rates(np.array(["x", "unseen", "y"]), np.array(["x", "x", "y"]), Purchases(bought, could), popular, 2)
    # x: (2 + 1) / (2 + 2), (1 + 0.5) / (2 + 2); unseen: popular; y could not buy the first
    np.testing.assert_allclose(found, [[0.75, 0.375], [0.5, 0.25], [0.5, 0.5 / 3]])
    np.testing.assert_allclose(popularity(Purchases(bought, could), np.array([0.3, 0.6])), [2.3 / 3, 1.6 / 4])


def planted(n: int = 60) -> tuple[Outcome, Grouping]:
    """Households that buy the even or the odd ones of twenty categories, as their group says, and one in ten things
    at random; the first third are test households."""
    rng = np.random.default_rng(2)
    kinds = rng.integers(0, 2, n)
    bought = ((np.arange(20) % 2 == kinds[:, None]) & (rng.random((n, 20)) < 0.5)) | (rng.random((n, 20)) < 0.1)
    test, training = np.split(bought, [n // 3])
    sides = [Purchases(side, np.ones_like(side)) for side in (test, training)]
    return Outcome(sides[0], sides[1], training.mean(axis=0)), Grouping("planted", tuple(map(str, kinds)))


def test_a_predictive_grouping_has_more_utility_than_chance() -> None:
    outcome, grouping = planted()
    chance = shuffled(grouping)
    assert best_strength(outcome, grouping) < best_strength(outcome, chance)
    good, bad, popular = rows(outcome, [grouping, chance], np.ones(20, bool))
    assert good.above_popularity
    assert bad.above_segue
    assert bad.above_popularity
    assert good.above_popularity[1] > 10  # percent: even the low end of the interval
    assert bad.above_segue[2] < -10
    assert abs(bad.above_popularity[0]) < 5
    assert (popular.n_groups, popular.above_popularity, popular.lift_at_10) == (1, None, None)


def test_only_judged_households_count() -> None:
    outcome, grouping = planted()
    judged = np.arange(20) < 7
    found, _ = rows(outcome, [grouping], judged)
    alone = rank(offers(outcome, grouping, found.strength or 0)[:7], outcome.test.of(judged))
    assert found.mean_average_precision[0] == pytest.approx(100 * alone.average_precision.mean())
