"""Nobody is judged by what was learned from them."""

from __future__ import annotations

import numpy as np
import pytest

from bench.apps.marketing.groups import TRAINING, Scores, bucket_of, groups, rates_of_all, rates_of_test, without
from export.presets.completejourney import TEST_BUCKETS, TRAINING_BUCKETS, bucket
from tests.bench.apps.marketing.campaigns import situation

N = 200
REDEEMED = np.arange(N) % 4 == 0


def test_each_household_is_outside_the_learners_whose_scores_it_gets() -> None:
    made = groups()
    for user in map(str, range(1, 100)):
        assert not made[without(bucket(user))](user)
        assert sum(learners(user) for name, learners in made.items() if name != TRAINING) == 9
        assert made[TRAINING](user) == (bucket(user) in TRAINING_BUCKETS)


def test_all_households_are_judged_by_the_scores_of_the_others() -> None:
    at = situation("1", 0, REDEEMED)
    buckets = np.array([bucket_of(str(each)) for each in at.households])
    scores: Scores = {without(each): [np.where(buckets == each, REDEEMED, 9.0 * ~REDEEMED)] for each in range(10)}
    scores[TRAINING] = [9.0 * ~REDEEMED]
    found = rates_of_all([at], scores, 0.1)
    assert found.rate.value == 1.0, "true scores for the own bucket, misleading ones for the rest"


def test_test_households_are_judged_by_the_scores_of_training_households() -> None:
    at = situation("1", 0, REDEEMED)
    scores: Scores = {without(each): [9.0 * ~REDEEMED] for each in range(10)} | {TRAINING: [1.0 * REDEEMED]}
    found = rates_of_test([at], scores, 0.1)
    test = np.array([bucket_of(str(each)) in TEST_BUCKETS for each in at.households])
    assert found.rate.value == 1.0
    assert found.all[0] == pytest.approx(REDEEMED[test].mean())
