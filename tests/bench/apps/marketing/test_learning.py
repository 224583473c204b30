"""Scores learned from campaigns that had settled, and from nobody else."""

from __future__ import annotations

import numpy as np
import pytest

from bench.apps.marketing.groups import TRAINING, bucket_of, groups, without
from bench.apps.marketing.learning import scores_of
from bench.apps.marketing.methods import Method
from bench.apps.marketing.situations import Situation
from export.presets.completejourney import TRAINING_BUCKETS
from stream.core.arrays import Floats
from tests.bench.apps.marketing.campaigns import situation

N = 400
RNG = np.random.default_rng(0)
EAGER = RNG.random(N) < 0.5  # those who redeem, mostly
COUNTED = np.column_stack([np.zeros((N, 4)), EAGER])
BEFORE = situation("1", 0, np.where(EAGER, RNG.random(N) < 0.8, RNG.random(N) < 0.05), COUNTED, chosen={})
LAST_COLUMN = Method("eager", features=lambda at: at.counted[:, 4:])


def judged(days: int) -> Situation:
    return situation("2", days, EAGER, COUNTED)


def scores(situations: list[Situation], group: str = TRAINING) -> Floats:
    (found,) = scores_of(LAST_COLUMN, situations)[group]
    return found


def test_what_redeemers_had_in_common_scores_higher() -> None:
    learned = scores([BEFORE, judged(30)])
    assert learned[EAGER].min() > learned[~EAGER].max() + 0.3


def test_a_campaign_that_has_not_settled_teaches_nothing() -> None:
    assert np.ptp(scores([BEFORE, judged(13)])) == 0.0


def test_a_redemption_to_come_teaches_nothing() -> None:
    late = situation("1", 16, EAGER, COUNTED, chosen={})
    assert np.ptp(scores([late, judged(16)])) == 0.0


@pytest.mark.parametrize("group", [TRAINING, without(0), without(7)])
def test_redemptions_of_others_alone_count(group: str) -> None:
    learners = np.array([groups()[group](str(each)) for each in BEFORE.households])
    other = np.where(learners, BEFORE.redeemed_ms, np.inf)
    changed = Situation(**{**vars(BEFORE), "redeemed_ms": other})
    assert scores([changed, judged(30)], group) == pytest.approx(scores([BEFORE, judged(30)], group))
    assert not learners.all()


def test_the_regularisation_is_chosen_without_test_households() -> None:
    is_test = np.array([bucket_of(str(each)) not in {3, *TRAINING_BUCKETS} for each in BEFORE.households])
    at = judged(30)
    turned = Situation(**{**vars(at), "redeemed_ms": np.where(is_test, np.inf, at.redeemed_ms)})
    assert scores([BEFORE, at]) == pytest.approx(scores([BEFORE, turned]))


def test_a_plain_score_is_the_same_for_all_learners() -> None:
    plain = scores_of(Method("last", score=lambda at: at.counted[:, 4]), [BEFORE, judged(30)])
    assert plain.keys() == groups().keys()
    assert all(each[0].tolist() == EAGER.tolist() for each in plain.values())
