from __future__ import annotations

from dataclasses import replace

import pytest

from stream.core.features import GENERAL, registry
from tests.core.builders import POLICY


def test_the_registry_names_the_general_features_then_a_share_for_each_kind() -> None:
    assert list(registry(POLICY)) == [*GENERAL, "share_view", "share_buy", "share_other"]


def test_every_feature_has_words_for_low_and_high_and_a_positive_resolution() -> None:
    for name, feature in registry(POLICY).items():
        assert feature.resolution > 0, name
        for words in (feature.low, feature.high):
            assert words == " ".join(words.split()), name
            assert words == words.lower(), name
        assert feature.low != feature.high, name


@pytest.mark.parametrize(
    ("value", "deviations", "words"),
    [
        (0.9, 1.2, "weekends"),
        (0.1, -1.2, "weekdays"),
        (0.9, 0.4, ""),  # an ordinary value in its population
        (0.1, -0.4, ""),
        (0.4, 3.0, ""),  # far above the mean, and yet not mostly weekends
        (0.6, -3.0, ""),  # far below the mean, and yet not mostly weekdays
    ],
)
def test_words_are_true_of_the_value_and_beside_the_population(value: float, deviations: float, words: str) -> None:
    assert GENERAL["weekend_share"].words(value, deviations) == words


def test_the_words_of_a_share_are_made_of_its_kind() -> None:
    features = registry(replace(POLICY, kinds=("purchase", "Order Completed")))
    assert [features["share_purchase"].low, features["share_purchase"].high] == ["few purchases", "many purchases"]
    assert features["share_Order Completed"].high == "many Order Completed events"
    assert features["share_other"].low == "few other events"
