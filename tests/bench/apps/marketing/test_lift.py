"""The rate among the chosen, beside a rescan that draws households one by one."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.apps.marketing.lift import Ranked, rates


def ranked(scores: Sequence[float], is_redeemed: Sequence[int], first: int = 0) -> Ranked:
    households = np.arange(first, first + len(scores))
    return Ranked(households, np.array(scores, float), np.array(is_redeemed, bool))


def once(n: int) -> np.ndarray:
    return np.ones((1, n))


def test_the_rate_is_that_of_the_best_share_of_each_campaign_together() -> None:
    campaigns = [ranked([4, 3, 2, 1], [1, 0, 0, 0]), ranked([1, 2], [1, 0])]
    found = rates(campaigns, 0.5, once(4))
    assert found.chosen[0] == pytest.approx(1 / 3), "2 of 4 and 1 of 2 are chosen; one of them redeemed"
    assert found.all[0] == pytest.approx(2 / 6)
    assert found.lift.value == pytest.approx(1.0)


def test_equal_scores_are_worth_their_mean() -> None:
    found = rates([ranked([5, 0, 0, 0, 0], [0, 1, 1, 0, 0])], 0.4, once(5))
    assert found.chosen[0] == pytest.approx((0 + 0.5) / 2)


def test_without_a_ranking_the_lift_is_one_in_every_resample() -> None:
    counts = np.random.default_rng(0).integers(0, 3, (50, 6)).astype(float)
    found = rates([ranked([0] * 6, [1, 0, 0, 1, 0, 0])], 0.1, counts)
    assert np.allclose(found.chosen, found.all)


def test_a_lead_over_itself_is_nothing_and_over_the_worst_everything() -> None:
    counts = np.array([[1.0, 1, 1, 1]] * 20)
    best, worst = (rates([ranked(scores, [1, 0, 0, 0])], 0.25, counts) for scores in ([4, 3, 2, 1], [1, 2, 3, 4]))
    assert best.lead(best).high == 0.0
    assert best.lead(worst).value == pytest.approx(4.0)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 3)), min_size=1, max_size=12),
    st.sampled_from([0.1, 0.2, 0.5]),
)
def test_resampled_rates_are_those_of_households_drawn_one_by_one(
    people: list[tuple[int, bool, int]], share: float
) -> None:
    drawn = [(score, redeemed) for score, redeemed, n in people for _ in range(n)]
    if not drawn:
        return
    scores, redeemed, counts = (list(column) for column in zip(*people, strict=True))
    found = rates([ranked(scores, redeemed)], share, np.array([counts], float))
    left, taken = share * len(drawn), 0.0
    for score in sorted({score for score, _ in drawn}, reverse=True):
        alike = [is_redeemed for each, is_redeemed in drawn if each == score]
        n_taken = min(left, len(alike))
        taken += n_taken * sum(alike) / len(alike)
        left -= n_taken
    assert ceil(left * 1e9) <= 1
    assert found.chosen[1] == pytest.approx(taken / (share * len(drawn)))
