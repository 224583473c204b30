"""Reasons in words: those that speak for the user, the strongest first, and true of the numbers."""

from __future__ import annotations

import numpy as np
import pytest

from apps.methods.redemption import COUNTED
from apps.methods.redemption_reason import reason

NAMES = (*COUNTED, "share_coupon")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("recency", np.log1p(12), "bought 12 days ago"),
        ("visits", np.log1p(4.5), "4.5 visits"),
        ("spend", np.log1p(80), "spent 80.00"),
        ("redeemed", np.log1p(2), "redeemed 2 of 2 campaigns"),
        ("received", np.log1p(7), "received 7 campaigns"),
        ("affinity", 0.42, "cosine 0.42"),
        ("share_coupon", 0.5, "25 % of the items are of kind coupon"),
    ],
)
def test_each_feature_has_words_with_its_number(name: str, value: float, words: str) -> None:
    row, parts = np.zeros(len(NAMES)), np.zeros(len(NAMES))
    row[NAMES.index(name)], parts[NAMES.index(name)] = value, 1.0
    assert words in reason(NAMES, row, parts)


def test_only_what_speaks_for_the_user_is_said() -> None:
    row = np.zeros(len(NAMES))
    assert reason(NAMES, row, np.full(len(NAMES), -1.0)) == ""
    assert reason(NAMES, row, np.array([3.0, 2.0, 1.0, 0.5, 0, 0, 0])).count(";") == 2, "three at most"
