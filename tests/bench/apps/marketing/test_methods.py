"""Plain baselines, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bench.apps.marketing.methods import Method, plain, published
from tests.bench.apps.marketing.campaigns import situation

COUNTED = np.array([[1, 9, 90, 2, 3], [40, 1, 5, 0, 3], [2, 8, 80, 0, 1], [30, 2, 10, 1, 1], [9, 5, 40, 0, 0.0]])
AT = situation("1", 0, np.zeros(5, bool), COUNTED)


def of(name: str) -> Method:
    (found,) = [each for each in plain() if each.name == name]
    return found


def test_rfm_sums_fifths_of_recency_frequency_and_money() -> None:
    score = of("RFM quintiles").score
    assert score is not None
    assert score(AT).tolist() == [15, 3, 12, 6, 9]


def test_past_redemption_is_the_number_of_campaigns_redeemed() -> None:
    score = of("past redemption").score
    assert score is not None
    assert score(AT).tolist() == [2, 0, 0, 1, 0]


def test_a_household_without_demographics_has_no_label_set() -> None:
    features = of("demographics, learned").features
    assert features is not None
    rows = features(AT)
    assert rows[0].sum() == 7, "household 1 has all seven labels"
    assert rows[1:].sum() == 0, "households 2 to 5 are not among the 801"


def test_a_segment_is_an_indicator_and_a_profile_both_halves_and_the_affinity() -> None:
    segment, profile, *_ = published([AT])
    assert segment.features is not None
    assert profile.features is not None
    assert segment.features(AT).tolist() == [[1.0]] * 5
    assert profile.features(AT).shape == (5, 2 + 4 + 1)


@pytest.mark.parametrize("method", [*plain(), *published([AT])], ids=lambda method: method.name)
def test_every_method_has_a_score_or_features(method: Method) -> None:
    assert (method.score is None) != (method.features is None)
